//! The desk's softphone on the command line: for support, for long runs, for measuring beside others.

mod arguments;
mod calls;
mod check;
mod files;
mod report;
mod run;
mod secret;

use std::process::ExitCode;

use arguments::{Options, USAGE};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(&arguments) {
        Ok(options) => options,
        Err(fault) => {
            eprintln!("svarsplats-phone: {fault}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run::run(options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("svarsplats-phone: {fault}");
            ExitCode::FAILURE
        }
    }
}
