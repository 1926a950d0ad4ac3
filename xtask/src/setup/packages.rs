//! The Debian packages that building, running and testing need, each with its reason.

/// A Debian package.
#[derive(Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name in Debian.
    pub name: &'static str,
    /// What it is for here, in a few words.
    pub purpose: &'static str,
    /// A program that makes the package unnecessary when it is there already.
    pub or_program: Option<&'static str>,
    /// A service that the package would start with the machine, which nobody here asked for.
    pub service: Option<&'static str>,
}

const fn package(name: &'static str, purpose: &'static str) -> Package {
    Package { name, purpose, or_program: None, service: None }
}

/// What compiling the app and the service takes.
pub const BUILD: &[Package] = &[
    package("build-essential", "the linker, and the C compiler for SQLCipher"),
    package("cmake", "builds the Opus codec's C source"),
    package("pkg-config", "finds the system's libraries"),
    package("libwebkit2gtk-4.1-dev", "the window"),
    package("libasound2-dev", "sound through ALSA"),
    package("libssl-dev", "encryption of the local store"),
];

/// What the app makes use of when it runs.
pub const RUN: &[Package] = &[
    package("hunspell-sv", "Swedish word forms for the search"),
    package("espeak-ng", "the voices of the residents one practises with"),
];

/// What the tests take beside that.
pub const TEST: &[Package] = &[
    package("at-spi2-core", "the accessibility tree of the real window"),
    package("baresip-core", "a caller and a colleague with real telephones"),
    package("chromium", "the browser of a case officer"),
    package("chromium-driver", "drives that browser"),
    package("dbus-daemon", "a private session bus"),
    package("debootstrap", "the change-root that Asterisk runs in"),
    package("dnsmasq-base", "answers where an exchange's servers are"),
    package("dunst", "receives notifications"),
    package("fonts-dejavu-core", "letters where no font is installed"),
    package("gir1.2-atspi-2.0", "reads the accessibility tree"),
    package("git", "copies the tree to a fresh machine"),
    package("gnome-keyring", "keeps the desk's secrets"),
    package("imagemagick", "pictures of the screen"),
    Package {
        service: Some("kamailio.service"),
        ..package("kamailio", "a proxy and registrar in front of the exchange")
    },
    package("libasound2-plugins", "lets baresip play into that sound"),
    package("libglib2.0-bin", "waits for the keyring on the bus"),
    package("pulseaudio", "sound without a sound card"),
    package("pulseaudio-utils", "plays and records tones"),
    package("python3-gi", "reads the accessibility tree"),
    package("sip-tester", "callers by the hundred"),
    package("webkit2gtk-driver", "drives the real window"),
    package("xauth", "access to the display"),
    package("xvfb", "a display without a screen"),
    Package {
        or_program: Some("npm"),
        ..package("npm", "fetches axe-core, which checks accessibility, and wasm-opt")
    },
];

/// What measuring beside peers takes beside that.
pub const BENCH: &[Package] = &[
    package("linphone-cli", "a softphone to measure beside"),
    package("python3-venv", "holds PESQ, which judges speech"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_package_is_named_twice() {
        let mut names: Vec<_> =
            [BUILD, RUN, TEST, BENCH].into_iter().flatten().map(|package| package.name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
