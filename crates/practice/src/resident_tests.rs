use super::*;

fn scenario() -> Arc<Scenario> {
    let all = Scenario::pack();
    Arc::new(all.into_iter().find(|scenario| scenario.id == "altan-bygglov").unwrap())
}

/// A story: a resident, a clock that is stepped, and what was said.
struct Story {
    resident: Resident,
    now: Duration,
}

impl Story {
    fn calling() -> Self {
        let now = Duration::from_secs(100);
        Self { resident: Resident::calling(scenario(), Pace::default(), now, 25), now }
    }

    fn sense(&mut self, sense: Sense) -> Option<Reaction> {
        self.resident.sense(self.now, sense)
    }

    /// Steps 100 ms at a time; the first reaction ends it.
    fn wait(&mut self, millis: u64) -> Option<Reaction> {
        for _ in 0..millis / 100 {
            self.now += Duration::from_millis(100);
            if let Some(reaction) = self.resident.tick(self.now) {
                return Some(reaction);
            }
        }
        None
    }

    fn agent_speaks(&mut self, millis: u64) {
        assert_eq!(self.sense(Sense::Voice(true)), None);
        assert_eq!(self.wait(millis), None);
        assert_eq!(self.sense(Sense::Voice(false)), None);
    }

    /// The resident speaks for two seconds.
    fn says(&mut self, reaction: Option<Reaction>) -> Line {
        let Some(Reaction::Say(line)) = reaction else { panic!("says nothing: {reaction:?}") };
        assert_eq!(self.wait(2_000), None, "interrupts itself");
        assert_eq!(self.sense(Sense::LineOver), None);
        line
    }

    fn greeted() -> Self {
        let mut story = Self::calling();
        story.sense(Sense::Answered);
        story.agent_speaks(1_500);
        let reaction = story.wait(1_000);
        assert_eq!(story.says(reaction), Line::Opening);
        story
    }
}

#[test]
fn an_errand_from_greeting_to_thanks() {
    let mut story = Story::greeted();
    for turn in 0..4 {
        story.agent_speaks(2_000);
        let reaction = story.wait(1_000);
        assert_eq!(story.says(reaction), Line::Answer(turn));
    }
    story.agent_speaks(3_000);
    let reaction = story.wait(1_000);
    assert_eq!(story.says(reaction), Line::Thanks);
    assert_eq!(story.wait(2_000), Some(Reaction::HangUp));
    assert!(story.resident.is_over());
}

#[test]
fn without_a_greeting_the_resident_begins_after_a_pause() {
    let mut story = Story::calling();
    story.sense(Sense::Answered);
    assert_eq!(story.wait(3_900), None);
    assert_eq!(story.wait(200), Some(Reaction::Say(Line::Opening)));
}

#[test]
fn a_greeting_without_end_is_interrupted() {
    let mut story = Story::calling();
    story.sense(Sense::Answered);
    story.sense(Sense::Voice(true));
    assert_eq!(story.wait(5_900), None);
    assert_eq!(story.wait(200), Some(Reaction::Say(Line::Opening)));
    story.sense(Sense::LineOver);
    assert_eq!(story.wait(60_000), None, "listens as long as there is a voice");
}

#[test]
fn a_cough_is_no_question_and_a_question_goes_on_after_a_breath() {
    let mut story = Story::greeted();
    story.agent_speaks(200);
    assert_eq!(story.wait(3_000), None);
    story.agent_speaks(1_000);
    assert_eq!(story.wait(500), None);
    story.agent_speaks(1_000);
    assert_eq!(story.wait(800), None);
    assert_eq!(story.wait(200), Some(Reaction::Say(Line::Answer(0))));
}

#[test]
fn what_the_agent_says_into_a_line_is_not_a_turn() {
    let mut story = Story::greeted();
    story.agent_speaks(1_000);
    assert_eq!(story.wait(1_000), Some(Reaction::Say(Line::Answer(0))));
    story.agent_speaks(1_000);
    story.sense(Sense::LineOver);
    assert_eq!(story.wait(5_000), None);
}

#[test]
fn long_silence_is_asked_into_and_ends_the_call() {
    let mut story = Story::greeted();
    for turn in 0..3 {
        assert_eq!(story.wait(19_900), None);
        let reaction = story.wait(200);
        assert_eq!(story.says(reaction), Line::OnSilence(turn));
    }
    assert_eq!(story.wait(1_500), Some(Reaction::HangUp));
}

#[test]
fn a_voice_resets_the_patience_with_silence() {
    let mut story = Story::greeted();
    let reaction = story.wait(20_000);
    assert_eq!(story.says(reaction), Line::OnSilence(0));
    story.agent_speaks(1_000);
    let reaction = story.wait(1_000);
    assert_eq!(story.says(reaction), Line::Answer(0));
    let reaction = story.wait(20_000);
    assert_eq!(story.says(reaction), Line::OnSilence(0));
}

#[test]
fn a_short_hold_is_nothing_a_long_one_is_complained_about() {
    let mut story = Story::greeted();
    story.sense(Sense::Hold(true));
    story.sense(Sense::Voice(true));
    assert_eq!(story.wait(20_000), None, "music is no voice");
    assert_eq!(story.sense(Sense::Hold(false)), None);
    assert_eq!(story.wait(2_000), None);
    story.sense(Sense::Hold(true));
    assert_eq!(story.wait(45_000), None);
    let reaction = story.sense(Sense::Hold(false));
    assert_eq!(story.says(reaction), Line::OnHold);
    story.agent_speaks(1_000);
    assert_eq!(story.wait(1_000), Some(Reaction::Say(Line::Answer(0))));
}

#[test]
fn a_hold_without_end_is_left() {
    let mut story = Story::greeted();
    story.sense(Sense::Hold(true));
    assert_eq!(story.wait(79_900), None);
    assert_eq!(story.wait(200), Some(Reaction::HangUp));
}

#[test]
fn held_in_the_middle_of_a_line_nothing_more_is_said_until_back() {
    let mut story = Story::greeted();
    story.agent_speaks(1_000);
    assert_eq!(story.wait(1_000), Some(Reaction::Say(Line::Answer(0))));
    story.sense(Sense::Hold(true));
    story.sense(Sense::LineOver);
    assert_eq!(story.wait(10_000), None);
    story.sense(Sense::Hold(false));
    story.agent_speaks(1_000);
    assert_eq!(story.wait(1_000), Some(Reaction::Say(Line::Answer(1))));
}

#[test]
fn waiting_has_an_end_that_follows_the_mood() {
    for (mood, seconds) in [(0, 112.5), (25, 150.0), (50, 187.5)] {
        let now = Duration::from_secs(7);
        let resident = Resident::calling(scenario(), Pace::default(), now, mood);
        assert_eq!(resident.deadline(), Some(now + Duration::from_secs_f64(seconds)));
    }
    let mut story = Story::calling();
    assert_eq!(story.wait(150_000), Some(Reaction::HangUp));
    assert_eq!(story.sense(Sense::Answered), None, "gone is gone");
}

#[test]
fn put_through_wrongly_the_resident_comes_back_and_goes_on_where_it_was() {
    let mut story = Story::greeted();
    story.agent_speaks(1_000);
    let reaction = story.wait(1_000);
    assert_eq!(story.says(reaction), Line::Answer(0));
    story.sense(Sense::Transferred { right: false });
    story.wait(10_000);
    story.sense(Sense::Answered);
    story.agent_speaks(1_000);
    let reaction = story.wait(1_000);
    assert_eq!(story.says(reaction), Line::OnWrongTransfer);
    story.agent_speaks(1_000);
    let reaction = story.wait(1_000);
    assert_eq!(story.says(reaction), Line::Answer(1));
    story.sense(Sense::Transferred { right: true });
    assert!(story.resident.is_over());
}

#[test]
fn called_back_the_resident_answers_with_a_name() {
    let mut resident = Resident::called(scenario(), Pace::default());
    assert_eq!(resident.deadline(), None);
    assert_eq!(resident.sense(Duration::ZERO, Sense::Answered), Some(Reaction::Say(Line::Hello)));
    let mut story = Story { resident, now: Duration::from_secs(2) };
    story.sense(Sense::LineOver);
    story.agent_speaks(1_000);
    assert_eq!(story.wait(1_000), Some(Reaction::Say(Line::Answer(0))));
}
