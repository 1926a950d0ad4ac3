//! The service-hours clock: deadlines counted in a group's opening hours (rules.md 1).
//!
//! - Moments are UTC milliseconds; hours are read on the wall clock of Europe/Stockholm. A moment is
//!   open when the wall clock shows a time within one of the day's intervals. So the hour that is
//!   skipped in March counts nothing and the hour that comes twice in October counts twice: service
//!   time is always time that has really passed.
//! - A day has the hours of its exception if there is one, else none on a public holiday (unless the
//!   group is open on holidays), else those of its weekday.
//! - The clock starts at the next opening. A deadline is the earliest moment at which the service time
//!   has passed: what ends with the day is due at closing, not at the next opening.
//! - [`ServiceTime::Days`]: the same point in service time so many open days later, at closing when
//!   that day is shorter. Asked on Monday at 10 with `2d`: due on Wednesday at 10 (hours alike). Asked
//!   outside hours, the next open day is the first: asked on Saturday with `2d`, due on Tuesday at
//!   closing. A day is open if it has any open moment, however short.
//! - Pauses (waiting for the customer) stop the clock, and for days too: the service time up to the
//!   due moment is fixed at the start, and what a pause takes is added after it.
//! - Nothing searches further than [`HORIZON_DAYS`] days.

mod alarm;
mod clock;
mod date;
mod day;
mod deadline;
mod hours;
mod interval;
mod pause;
mod service_time;
mod wall;

pub use alarm::{AlarmHours, AlarmTimes, alarms};
pub use clock::{HORIZON_DAYS, HoursError, counted, due, elapsed, is_open, next_open};
pub use date::{BadDate, CivilDate};
pub use day::{Opening, SpecialDay, special_days};
pub use deadline::{Counted, Deadline, Paused, SkipReason, Skipped};
pub use hours::{BadHours, Exception, ServiceHours, Week};
pub use interval::{BadInterval, Interval};
pub use pause::Pause;
pub use service_time::{BadServiceTime, ServiceTime};
pub use wall::{WallClock, moment, wall_clock};
