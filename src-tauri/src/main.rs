//! The shell: a window, the keyring, notifications, one `rpc` command in, one event stream out. No rules.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod interface;
mod keychain;
mod notifications;
mod practice_host;
mod window;

use arguments::Arguments;
use desk::{Desk, Environment, Launch, Stage, SystemClock};
use std::process::ExitCode;
use std::sync::Arc;
use tauri::{Manager, RunEvent};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    log_to_stderr();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::warn!("a TLS provider was installed before");
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("svarsplats: {error}");
            ExitCode::FAILURE
        }
    }
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("SVARSPLATS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,desk=info,service=info,practice=info"));
    // The SIP library tells whole messages, with names and numbers.
    let quiet = ["rsipstack=off", "rsip=off"].into_iter().filter_map(|directive| directive.parse().ok());
    let filter = quiet.fold(filter, tracing_subscriber::EnvFilter::add_directive);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

fn run(arguments: Arguments) -> tauri::Result<()> {
    let mut context = tauri::generate_context!();
    if let Some(folder) = interface::folder() {
        context.set_assets(Box::new(interface::Folder::new(folder)));
    }
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, again, _| window::second_start(app, &again)))
        .invoke_handler(tauri::generate_handler![window::rpc, window::ready])
        .setup(move |app| {
            let desk = tauri::async_runtime::block_on(async { launch_desk(app, &arguments) })?;
            app.manage(desk.clone());
            window::open(app)?;
            window::forward_events(app.handle().clone(), desk.clone());
            if let Some(link) = &arguments.link {
                desk.dial_requested(link);
            }
            Ok(())
        })
        .on_window_event(window::on_event)
        .build(context)?;
    app.run(|app, event| {
        let Some(desk) = app.try_state::<Desk>() else { return };
        match event {
            RunEvent::MainEventsCleared => desk.window_is(Stage::Loads),
            RunEvent::Exit => tauri::async_runtime::block_on(desk.stop()),
            _ => {}
        }
    });
    Ok(())
}

fn launch_desk(app: &tauri::App, arguments: &Arguments) -> tauri::Result<Desk> {
    let data = match &arguments.data {
        Some(folder) => folder.clone(),
        None => app.path().app_data_dir()?,
    };
    let environment = Environment {
        data,
        dictionary: interface::dictionary(),
        clock: Arc::new(SystemClock),
        secrets: Arc::new(keychain::Keychain),
        window: true,
        practice: Arc::new(practice_host::Embedded::default()),
        sound: desk::devices(),
    };
    let launch = match (&arguments.connect, arguments.practice) {
        (Some(address), _) => Launch::Connect(address.clone()),
        (None, true) => Launch::Practice,
        (None, false) => Launch::AsLeft,
    };
    Ok(Desk::launch(environment, launch))
}
