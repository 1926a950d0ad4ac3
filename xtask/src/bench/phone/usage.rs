//! What a process has taken of the machine.

/// Seconds of CPU so far, of all its threads.
pub fn cpu_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    ticks(&stat).unwrap_or(0.0) / rustix::param::clock_ticks_per_second() as f64
}

/// The fields utime and stime, behind the name in parentheses.
fn ticks(stat: &str) -> Option<f64> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

/// What a process holds of the machine at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Holding {
    /// Memory in RAM, MiB.
    pub mebibytes: f64,
    /// Threads.
    pub threads: u64,
    /// Open files, sockets among them.
    pub files: usize,
}

impl std::fmt::Display for Holding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} MiB, {} threads, {} open files", self.mebibytes, self.threads, self.files)
    }
}

/// What a process holds; none when it has ended.
pub fn holding(process: u32) -> Option<Holding> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let field =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
    Some(Holding {
        mebibytes: field("VmRSS:")?.parse::<f64>().ok()? / 1024.0,
        threads: field("Threads:")?.parse().ok()?,
        files: std::fs::read_dir(format!("/proc/{process}/fd")).ok()?.count(),
    })
}

/// The most memory that it has held at a time, MiB.
pub fn peak_mebibytes(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_summed_behind_any_name() {
        assert_eq!(ticks("7 (a ) b) S 1 7 7 0 -1 0 0 0 0 0 40 2 0 0 20"), Some(42.0));
        assert!(peak_mebibytes(std::process::id()).is_some_and(|mebibytes| mebibytes > 0.5));
        let held = holding(std::process::id());
        assert!(held.is_some_and(|held| held.mebibytes > 0.5 && held.threads >= 1 && held.files >= 3));
    }
}
