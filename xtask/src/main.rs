//! The tasks of the tree: `cargo xtask TASK`.

mod asterisk;
mod bare;
mod bench;
mod clock;
mod command;
mod dictionary;
mod dist;
mod interface;
mod notices;
mod npm;
mod places;
mod run;
mod session;
mod setup;
mod test;
mod tidy;

use command::{Failure, Outcome};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask TASK

  run [--practice] [ARGUMENTS]  prepare the machine, build, open the window
  test [--long] [FILTER]        everything that must hold; with FILTER only the tests named like it (fuzz: those targets)
  test --bare                   the same in a fresh Debian 12, to prove that a bare machine suffices
  bench NAME [--json]           measure beside a peer: start, phone (with --only PART,… and --seeds N)
  soak phone                    500 calls in a row beside one of an hour (--calls N, --minutes N): nothing may grow
  dist                          the Debian package

  setup [build|run|test|bench]  install what is missing for that
  interface                     build the interface into ui/dist
  dictionary                    compile the Swedish dictionary
  tidy                          directions between crates, lints, paths in documents, sizes
  session COMMAND…              run a command in a private session: display, bus, keyring, sound
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(Failure(text)) => {
            eprintln!("xtask: {text}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome<ExitCode> {
    let Some((task, rest)) = arguments.split_first() else {
        print!("{USAGE}");
        return Ok(ExitCode::from(2));
    };
    match task.as_str() {
        "run" => return run::run(rest),
        "test" => return test::test(&test::Options::parse(rest)?),
        "session" => return session::task(rest),
        session::INSIDE => return session::inside(rest),
        test::newcomer::INSIDE => return test::newcomer::inside(),
        bench::INSIDE => return bench::inside(rest),
        bench::phone::INSIDE => return bench::phone::inside(rest),
        bench::phone::soak::INSIDE => return bench::phone::soak::inside(rest),
        "soak" => return bench::phone::soak::task(rest),
        "bench" => bench::bench(rest)?,
        "dist" => dist::dist()?,
        "setup" => setup::task(rest)?,
        "interface" => interface::task()?,
        "dictionary" => dictionary::task()?,
        "tidy" => tidy::task()?,
        "help" | "--help" | "-h" => print!("{USAGE}"),
        other => return Err(Failure(format!("no task is called {other}\n\n{USAGE}"))),
    }
    Ok(ExitCode::SUCCESS)
}
