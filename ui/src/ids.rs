//! Ids of the errand's controls. Stories and assistive scripts find them by these: they do not change.
//! Beside them: `.suggestion[data-id]` (an article by its id), `.inbox-row[data-case]`, `[data-phase]` on
//! `<main>`, `[data-agent-state]` on the state menu, `[data-call-state]` on the call card.

/// First start: practise on this computer.
pub const PRACTICE: &str = "choose-practice";
/// First start: address of a service.
pub const ADDRESS: &str = "address";
/// First start: connect.
pub const CONNECT: &str = "connect";
/// Passphrase.
pub const PASSPHRASE: &str = "passphrase";
/// Passphrase once more.
pub const PASSPHRASE_AGAIN: &str = "passphrase-again";
/// Unlock, or save the passphrase.
pub const UNLOCK: &str = "unlock";
/// User name.
pub const USER: &str = "user";
/// Password.
pub const PASSWORD: &str = "password";
/// Sign in.
pub const SIGN_IN: &str = "sign-in";
/// Search everything (opens the palette).
pub const SEARCH: &str = "search";
/// The palette's text.
pub const SEARCH_TEXT: &str = "search-text";
/// The palette.
pub const PALETTE: &str = "palette";
/// The agent's state; a menu.
pub const AGENT_STATE: &str = "agent-state";
/// Take calls.
pub const GO_READY: &str = "go-ready";
pub const TAKE_CALLS: &str = "take-calls";
/// Stop taking calls.
pub const GO_OFFLINE: &str = "go-offline";
/// Answer the offered call.
pub const ANSWER: &str = "answer";
/// Hang up, or decline.
pub const HANG_UP: &str = "hang-up";
/// What is wrong with the phone.
pub const PHONE_FAULT: &str = "phone-fault";
/// In practice: what the resident says.
pub const SAID: &str = "said";
/// Hold or resume.
pub const HOLD: &str = "hold";
/// Mute or unmute.
pub const MUTE: &str = "mute";
/// Transfer, or connect two calls.
pub const TRANSFER: &str = "transfer";
/// Bring two calls together.
pub const JOIN: &str = "join";
/// The other calls that go on.
pub const OTHERS: &str = "other-calls";
/// Number to dial.
pub const DIAL_NUMBER: &str = "dial-number";
/// Opens and closes the key pad of a call.
pub const KEYPAD: &str = "keypad";
/// Keys to press in a call.
pub const KEYS: &str = "keys";
/// Dial the last number again.
pub const REDIAL: &str = "redial";
/// Dial.
pub const DIAL: &str = "dial";
/// The next simulated resident.
pub const PRACTICE_NEXT: &str = "practice-next";
/// In practice: how one is the group as well; what is told stands in `officer-address`, `-user`, `-password`.
pub const OFFICER: &str = "open-as-officer";
/// The call card.
pub const CALL: &str = "call";
/// More wrap-up.
pub const PROLONG: &str = "prolong";
/// Finish the wrap-up.
pub const FINISH: &str = "finish-wrap-up";
/// The pane of the phone.
pub const PHONE_PANE: &str = "phone-pane";
/// The pane of the case.
pub const CASE_PANE: &str = "case-pane";
/// The pane of the knowledge.
pub const KNOWLEDGE_PANE: &str = "knowledge-pane";
/// A new case.
pub const NEW_CASE: &str = "new-case";
/// Det gäller.
pub const SUBJECT: &str = "subject";
/// Case type, found by typing.
pub const CASE_TYPE: &str = "case-type";
/// Note.
pub const NOTE: &str = "note";
/// Customer's name.
pub const CUSTOMER_NAME: &str = "customer-name";
/// Customer's telephone.
pub const CUSTOMER_PHONE: &str = "customer-phone";
/// Customer's e-mail.
pub const CUSTOMER_EMAIL: &str = "customer-email";
/// Place.
pub const PLACE: &str = "place";
/// Result.
pub const DISPOSITION: &str = "disposition";
/// How the customer wants the reply.
pub const FOLLOW_UP: &str = "follow-up";
/// Register.
pub const REGISTER: &str = "register";
/// Hand over: opens the preview.
pub const HAND_OVER: &str = "hand-over";
/// The preview.
pub const PREVIEW: &str = "preview";
/// The group in the preview.
pub const GROUP: &str = "group";
/// What becomes of the case at the contact centre.
pub const AFTER: &str = "after";
/// Send the handover.
pub const SEND: &str = "send";
/// Undo it.
pub const UNDO: &str = "undo";
/// The receipt after registering.
pub const RECEIPT: &str = "receipt";
/// Use the article that is read.
pub const USE_ARTICLE: &str = "use-article";
/// What came back from the groups.
pub const RETURNS: &str = "returns";
/// The article that is read.
pub const READER: &str = "reader";
/// The pane of the group's cases.
pub const INBOX_PANE: &str = "inbox-pane";
/// The inbox's list.
pub const INBOX: &str = "inbox";
/// The case that is read.
pub const CASE_VIEW: &str = "case-view";
/// Accept.
pub const ACCEPT: &str = "accept";
/// Give back: opens the reason.
pub const GIVE_BACK: &str = "give-back";
/// The reason of the list.
pub const GIVE_BACK_WHY: &str = "give-back-why";
/// The reason in words.
pub const GIVE_BACK_REASON: &str = "give-back-reason";
/// Send it back.
pub const GIVE_BACK_SEND: &str = "give-back-send";
/// The answer's text.
pub const ANSWER_TEXT: &str = "answer-text";
/// The answer's channel.
pub const ANSWER_CHANNEL: &str = "answer-channel";
/// Save the answer.
pub const ANSWER_SAVE: &str = "answer-save";
/// Write the texts of a case anew.
pub const REWRITE: &str = "rewrite";
/// Keep what was written anew.
pub const REWRITE_SAVE: &str = "rewrite-save";
/// Give the case to a colleague: opens the choice.
pub const ASSIGN: &str = "assign";
/// Who: the colleague, whoever is asked, the group that is told.
pub const WHO: &str = "who";
/// Ask about the case: opens the question.
pub const ASK: &str = "ask";
/// The day of an opinion.
pub const ASK_BY: &str = "ask-by";
/// Write down what was answered.
pub const REPLY: &str = "reply";
/// Withdraw what was asked.
pub const WITHDRAW: &str = "withdraw";
/// Tell a group for information.
pub const INFORM: &str = "inform";
/// Let the case rest: opens the day.
pub const PARK: &str = "park";
/// The day it comes back.
pub const PARK_UNTIL: &str = "park-until";
/// Takes a case back from a group outside the system.
pub const TAKE_BACK: &str = "take-back";
/// Sends a group outside the system a new link.
pub const RENEW_LINK: &str = "renew-link";
/// Take it up before.
pub const UNPARK: &str = "unpark";
/// Close the case.
pub const CLOSE_CASE: &str = "close-case";
/// Tell that the alarm has been seen.
pub const ACKNOWLEDGE: &str = "acknowledge";
/// Status bar: unsent.
pub const UNSENT: &str = "unsent";
/// What went wrong, in words.
pub const MESSAGE: &str = "message";

/// An own field's control.
pub fn field(id: &str) -> String {
    format!("field-{id}")
}
