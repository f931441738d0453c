//! What claims of a programme look like: enough of its published rules to pass them.

/// What a claim of a programme must say to be eligible.
///
/// The figures repeat what the shipped packs say, and a test against a real service keeps them
/// together: every generated claim has to be held or to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The programme's id.
    pub programme: String,
    /// The day of the invoice and of everything else that must lie in the window.
    pub date: &'static str,
    /// Six digits: where the invoice is issued and a car is registered.
    pub place: &'static str,
    /// What is bought.
    pub goods: GoodsProfile,
}

/// What is bought, and what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoodsProfile {
    /// A car, with or without an old one.
    Car(OldCar),
    /// Articles of which the shop takes the subsidy off the price.
    Articles(&'static Articles),
}

/// What happens to the old car.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldCar {
    /// There is none.
    None,
    /// Sold.
    Sold,
    /// Scrapped.
    Scrapped,
}

/// Articles other than cars.
#[derive(Debug, PartialEq, Eq)]
pub struct Articles {
    /// `appliance`, `digital` or `home`.
    pub kind: &'static str,
    /// The categories that are covered.
    pub categories: &'static [&'static str],
    /// Percent of the price that the programme pays, by energy level from 1 on; kinds without
    /// levels have one entry.
    pub percent: &'static [u64],
    /// The most for one article, in fen.
    pub cap: u64,
    /// The lowest and the highest price, in whole yuan.
    pub price: (u64, u64),
    /// An old article of the same category must be handed over.
    pub hand_over: bool,
}

const FIRST_EIGHT: &[&str] = &[
    "fridge",
    "washer",
    "tv",
    "air_conditioner",
    "computer",
    "water_heater",
    "stove",
    "hood",
];

static APPLIANCE_2024: Articles = Articles {
    kind: "appliance",
    categories: FIRST_EIGHT,
    percent: &[20, 15],
    cap: 200_000,
    price: (900, 14_000),
    hand_over: true,
};

static APPLIANCE_2025: Articles = Articles {
    kind: "appliance",
    categories: &[
        "fridge",
        "washer",
        "tv",
        "air_conditioner",
        "computer",
        "water_heater",
        "stove",
        "hood",
        "water_purifier",
        "dishwasher",
        "rice_cooker",
        "microwave",
    ],
    percent: &[20, 15],
    cap: 200_000,
    price: (900, 14_000),
    hand_over: false,
};

static APPLIANCE_2026: Articles = Articles {
    kind: "appliance",
    categories: &[
        "fridge",
        "washer",
        "tv",
        "air_conditioner",
        "water_heater",
        "computer",
    ],
    percent: &[15],
    cap: 150_000,
    price: (900, 14_000),
    hand_over: false,
};

static DIGITAL_2025: Articles = Articles {
    kind: "digital",
    categories: &["phone", "tablet", "watch"],
    percent: &[15],
    cap: 50_000,
    price: (600, 6_000),
    hand_over: false,
};

static DIGITAL_2026: Articles = Articles {
    kind: "digital",
    categories: &["phone", "tablet", "watch", "glasses"],
    ..DIGITAL_2025
};

static HOME_2025: Articles = Articles {
    kind: "home",
    categories: &["smart_lock", "smart_toilet"],
    percent: &[15],
    cap: 150_000,
    price: (800, 14_000),
    hand_over: false,
};

const JIYUAN: &str = "419001";
const LUOYANG: &str = "410300";

const SOLD: GoodsProfile = GoodsProfile::Car(OldCar::Sold);
const SCRAPPED: GoodsProfile = GoodsProfile::Car(OldCar::Scrapped);
const PURCHASE: GoodsProfile = GoodsProfile::Car(OldCar::None);

type Row = (&'static str, &'static str, &'static str, GoodsProfile);

/// One row a shipped programme: id, day, place, goods.
const PROFILES: &[Row] = &[
    ("jiyuan-car-replacement-2024", "2024-10-08", JIYUAN, SOLD),
    ("henan-car-replacement-2025", "2025-03-02", JIYUAN, SOLD),
    ("national-car-replacement-2026", "2026-02-10", JIYUAN, SOLD),
    (
        "national-car-scrappage-2025",
        "2025-03-02",
        JIYUAN,
        SCRAPPED,
    ),
    (
        "national-car-scrappage-2026",
        "2026-02-10",
        JIYUAN,
        SCRAPPED,
    ),
    ("jiyuan-car-purchase-2022", "2022-05-10", JIYUAN, PURCHASE),
    ("jiyuan-car-purchase-2023", "2023-06-01", JIYUAN, PURCHASE),
    (
        "jiyuan-appliance-2024",
        "2024-10-08",
        JIYUAN,
        GoodsProfile::Articles(&APPLIANCE_2024),
    ),
    (
        "national-appliance-2025",
        "2025-03-02",
        JIYUAN,
        GoodsProfile::Articles(&APPLIANCE_2025),
    ),
    (
        "national-appliance-2026",
        "2026-02-10",
        JIYUAN,
        GoodsProfile::Articles(&APPLIANCE_2026),
    ),
    (
        "national-digital-2025",
        "2025-03-02",
        JIYUAN,
        GoodsProfile::Articles(&DIGITAL_2025),
    ),
    (
        "national-digital-2026",
        "2026-02-10",
        JIYUAN,
        GoodsProfile::Articles(&DIGITAL_2026),
    ),
    (
        "luoyang-home-2025",
        "2025-03-02",
        LUOYANG,
        GoodsProfile::Articles(&HOME_2025),
    ),
];

impl Profile {
    /// The profile of a shipped programme; `None` for any other.
    pub fn of(programme: &str) -> Option<Self> {
        PROFILES
            .iter()
            .find(|(id, ..)| *id == programme)
            .map(|&(id, date, place, goods)| Self {
                programme: id.to_owned(),
                date,
                place,
                goods,
            })
    }

    /// The same claims under the name of another programme: one that an official wrote after the
    /// example of a shipped one.
    #[must_use]
    pub fn renamed(mut self, programme: &str) -> Self {
        programme.clone_into(&mut self.programme);
        self
    }

    /// The ids of the programmes that have a profile.
    pub fn programmes() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|(id, ..)| *id)
    }
}

impl Articles {
    /// What the programme pays for an article of `level` (1 the best) at `yuan`, in fen.
    ///
    /// Exact: a price in whole yuan makes every percentage a whole number of fen.
    pub fn subsidy(&self, yuan: u64, level: usize) -> u64 {
        let percent = self.percent.get(level.saturating_sub(1)).copied();
        (yuan * percent.unwrap_or(0)).min(self.cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_programme_has_one() {
        let ids: Vec<_> = Profile::programmes().collect();
        assert_eq!(ids.len(), 13);
        for id in ids {
            assert_eq!(Profile::of(id).unwrap().programme, id);
        }
        assert_eq!(Profile::of("no-such-programme"), None);
    }

    #[test]
    fn the_subsidy_stops_at_the_cap() {
        assert_eq!(APPLIANCE_2024.subsidy(2_899, 1), 57_980);
        assert_eq!(APPLIANCE_2024.subsidy(10_000, 1), 200_000);
        assert_eq!(APPLIANCE_2024.subsidy(14_000, 1), 200_000);
        assert_eq!(DIGITAL_2025.subsidy(6_000, 1), 50_000);
        assert_eq!(APPLIANCE_2026.subsidy(1_000, 2), 0);
    }
}
