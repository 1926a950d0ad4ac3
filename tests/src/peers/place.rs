//! Folders and ports that belong to one story.

use super::or_skip;
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::process::Command;

/// A folder that goes with the story.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A fresh one below the temporary folder.
    pub fn new(purpose: &str) -> Self {
        Self::within(&std::env::temp_dir(), purpose)
    }

    /// A fresh one below `base`.
    pub fn within(base: &Path, purpose: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = base.join(format!("svarsplats-{purpose}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A disk that can be full, mounted for the story.
#[derive(Debug)]
pub struct SmallDisk(Folder);

impl SmallDisk {
    /// One of so many MiB; nothing where this machine lets nobody mount (the story is then noted as skipped).
    pub async fn mount(mib: u32) -> Option<Self> {
        let place = Folder::new("disk");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={mib}m,mode=700"), "svarsplats-story"]);
        let mounted = command.arg(place.path()).output().await.is_ok_and(|mount| mount.status.success());
        or_skip(mounted.then_some(Self(place)), "a disk of one's own takes root")
    }

    /// A folder on it.
    pub fn folder(&self) -> Folder {
        Folder::within(self.0.path(), "desk")
    }

    /// Writes until there is no room.
    pub fn fill(&self) {
        let mut file = std::fs::File::create(self.ballast()).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Takes away what filled it.
    pub fn make_room(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.0.path().join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: what the story's programs hold open goes with them.
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// A port on loopback that is free for both TCP and UDP, and that no other story is given while this program
/// runs: two programs of stories run side by side, and a port is often taken some time after it was asked for.
pub fn free_port() -> u16 {
    for _ in 0..64 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let claim = claim(port);
        if claim.is_some() && UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            // The lock is given up when the program ends.
            std::mem::forget(claim);
            return port;
        }
    }
    panic!("no free port on loopback");
}

/// The first of two such ports in a row: for a telephone that takes the next one for TLS.
pub fn free_pair() -> u16 {
    for _ in 0..64 {
        let port = free_port();
        let next = claim(port + 1);
        if next.is_some() && TcpListener::bind((Ipv4Addr::LOCALHOST, port + 1)).is_ok() {
            std::mem::forget(next);
            return port;
        }
    }
    panic!("no two free ports on loopback");
}

/// Nobody else is given the port while this is held; none when somebody has been.
fn claim(port: u16) -> Option<std::fs::File> {
    let claims = std::env::temp_dir().join("svarsplats-ports");
    std::fs::create_dir_all(&claims).unwrap();
    let claim = std::fs::File::create(claims.join(port.to_string())).unwrap();
    claim.try_lock().is_ok().then_some(claim)
}

/// A secret that nobody can guess and that no story shares with another.
pub fn secret() -> String {
    let mut bytes = [0; 16];
    let mut source = std::fs::File::open("/dev/urandom").unwrap();
    std::io::Read::read_exact(&mut source, &mut bytes).unwrap();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
