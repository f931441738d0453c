//! The packs of `config/programmes`, in the binary as well, for a start without set-up.

/// Their sources.
pub const SHIPPED: [&str; 13] = [
    include_str!("../../config/programmes/henan-car-replacement-2025.toml"),
    include_str!("../../config/programmes/jiyuan-appliance-2024.toml"),
    include_str!("../../config/programmes/jiyuan-car-purchase-2022.toml"),
    include_str!("../../config/programmes/jiyuan-car-purchase-2023.toml"),
    include_str!("../../config/programmes/jiyuan-car-replacement-2024.toml"),
    include_str!("../../config/programmes/luoyang-home-2025.toml"),
    include_str!("../../config/programmes/national-appliance-2025.toml"),
    include_str!("../../config/programmes/national-appliance-2026.toml"),
    include_str!("../../config/programmes/national-car-replacement-2026.toml"),
    include_str!("../../config/programmes/national-car-scrappage-2025.toml"),
    include_str!("../../config/programmes/national-car-scrappage-2026.toml"),
    include_str!("../../config/programmes/national-digital-2025.toml"),
    include_str!("../../config/programmes/national-digital-2026.toml"),
];
