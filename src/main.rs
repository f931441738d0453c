//! The `tradein` program.

/// Claims are many small allocations; this allocator spends less on them than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tradein::cli::run()
}
