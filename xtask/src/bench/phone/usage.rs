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
    }
}
