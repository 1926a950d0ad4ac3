//! The service's binary: settings in, a running service out.

mod account;
mod arguments;
mod run;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let outcome = match arguments.task {
        arguments::Task::Help => {
            print!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        arguments::Task::Version => {
            println!("svarsplats-service {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        _ => run::run(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("svarsplats-service: {error}");
            ExitCode::FAILURE
        }
    }
}
