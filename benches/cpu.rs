//! CPU time of this process and of the loads it started: on a busy machine a steadier
//! measure of work than the clock. Linux only; elsewhere it reads as nothing.

/// Seconds of CPU, user and system together.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    pub own: f64,
    pub children: f64,
}

/// As the kernel keeps it in `/proc/self/stat`, in hundredths of a second.
pub fn used() -> Cpu {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in brackets, which may hold blanks.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse().ok())
        .collect();
    match ticks[..] {
        [user, system, children_user, children_system] => Cpu {
            own: (user + system) / 100.0,
            children: (children_user + children_system) / 100.0,
        },
        _ => Cpu::default(),
    }
}

impl std::ops::Sub for Cpu {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            own: self.own - before.own,
            children: self.children - before.children,
        }
    }
}
