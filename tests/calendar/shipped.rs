//! The shipped calendar against the sentences of the notices and against the law's number of days.

use chrono::{Datelike, NaiveDate};
use tradein::domain::calendar::{Calendar, Holiday};

use crate::{day, year_of_days};

/// The shipped file, to plant mistakes in.
pub const TEXT: &str = include_str!("../../config/calendar/china.toml");

/// Number, day and days of each notice, in its words.
const NOTICES: [(i32, &str, &str, &str); 3] = [
    (
        2024,
        "国办发明电〔2023〕7号",
        "2023-10-25",
        "一、元旦：1月1日放假，与周末连休。
        二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
        三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
        四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
        五、端午节：6月10日放假，与周末连休。
        六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
        七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。",
    ),
    (
        2025,
        "国办发明电〔2024〕12号",
        "2024-11-12",
        "一、元旦：1月1日（周三）放假1天，不调休。
        二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
        三、清明节：4月4日（周五）至6日（周日）放假，共3天。
        四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
        五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
        六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。",
    ),
    (
        2026,
        "国办发明电〔2025〕7号",
        "2025-11-04",
        "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
        二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
        三、清明节：4月4日（周六）至6日（周一）放假，共3天。
        四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
        五、端午节：6月19日（周五）至21日（周日）放假，共3天。
        六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
        七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。",
    ),
];

/// The days of a sentence, and how many it says they are. Notes weekdays that are not so.
fn read_sentence(
    year: i32,
    sentence: &str,
    wrong: &mut Vec<String>,
) -> (Vec<NaiveDate>, Option<i64>) {
    let (mut found, mut said) = (Vec::<NaiveDate>::new(), None);
    let (mut number, mut month, mut bracket) = (0, 0, String::new());
    let mut within = false;
    for c in sentence.chars() {
        match c {
            '（' => within = true,
            '）' => {
                within = false;
                let weekday = "一二三四五六日".find(bracket.chars().last().unwrap());
                let day = found.last().unwrap();
                if weekday != Some(day.weekday().num_days_from_monday() as usize * "一".len()) {
                    wrong.push(format!("{day} is not {bracket}"));
                }
                bracket.clear();
            }
            _ if within => bracket.push(c),
            '0'..='9' => number = number * 10 + c.to_digit(10).unwrap(),
            '月' => month = std::mem::take(&mut number),
            '日' => {
                let day = std::mem::take(&mut number);
                found.push(NaiveDate::from_ymd_opt(year, month, day).unwrap());
            }
            '天' => said = Some(std::mem::take(&mut number).into()),
            _ => {}
        }
    }
    (found, said)
}

/// What a calendar has that a notice does not say, and the other way round.
fn differences(calendar: &Calendar, year: i32, notice: &str) -> Vec<String> {
    let ordered = calendar.year(year).unwrap();
    let (mut wrong, mut off, mut worked) = (Vec::new(), Vec::new(), Vec::new());
    for line in notice.lines() {
        let (heading, sentences) = line.split_once('：').unwrap();
        let name = heading.split_once('、').unwrap().1;
        for sentence in sentences.split_terminator('。') {
            if sentence.contains("放假") {
                let (days, said) = read_sentence(year, sentence, &mut wrong);
                let (from, to) = (days[0], *days.last().unwrap());
                if said.is_some_and(|said| said != (to - from).num_days() + 1) {
                    wrong.push(format!("{name} is not of {said:?} days"));
                }
                off.push((name.to_owned(), from, to));
            } else if sentence.contains("上班") {
                worked.extend(read_sentence(year, sentence, &mut wrong).0);
            }
        }
    }
    let holidays = ordered.holidays.iter();
    let holidays: Vec<_> = holidays.map(|h| (h.name.clone(), h.from, h.to)).collect();
    if holidays != off {
        wrong.push(format!("{holidays:?} are not {off:?}"));
    }
    worked.sort();
    if ordered.working != worked {
        wrong.push(format!("{:?} are not {worked:?}", ordered.working));
    }
    wrong
}

#[test]
fn the_days_are_those_of_the_notices() {
    let calendar = Calendar::shipped();
    for (year, number, issued, notice) in NOTICES {
        assert_eq!(differences(calendar, year, notice), Vec::<String>::new());
        let ordered = calendar.year(year).unwrap();
        assert_eq!(ordered.basis.number, number);
        assert_eq!(ordered.basis.issued, day(issued));
        let title = format!("国务院办公厅关于{year}年部分节假日安排的通知");
        assert_eq!(ordered.basis.title, title);
        assert_eq!(ordered.grade.as_str(), "A");
    }
    assert!(calendar.years().eq(NOTICES.map(|notice| notice.0)));
}

#[test]
fn other_days_than_those_of_the_notices_are_found() {
    let changed = |right: &str, wrong: &str| {
        assert!(TEXT.contains(right), "{right}");
        Calendar::parse(&TEXT.replacen(right, wrong, 1)).unwrap()
    };
    for (index, right, wrong) in [
        (0, "from = 2024-02-10", "from = 2024-02-09"),
        (0, "    2024-10-12, # 国庆节\n", ""),
        (1, "to = 2025-10-08", "to = 2025-10-07"),
        (1, "    2025-02-08,", "    2025-02-09,"),
        (
            2,
            "name = \"端午节\", from = 2026-06-19",
            "name = \"端午\", from = 2026-06-19",
        ),
    ] {
        let (year, _, _, notice) = NOTICES[index];
        assert_eq!(differences(&changed(right, wrong), year, notice).len(), 1);
    }
    let (year, _, _, notice) = NOTICES[2];
    for (right, wrong) in [("1月4日（周日）", "1月4日（周六）"), ("共9天", "共8天")]
    {
        let notice = notice.replacen(right, wrong, 1);
        assert_eq!(differences(Calendar::shipped(), year, &notice).len(), 1);
    }
}

/// Days off by law (全国年节及纪念日放假办法, article 2: eleven, and thirteen from 2025). A notice
/// only moves days: what it takes from Monday to Friday beyond them is worked on weekends.
fn days_off_by_law(year: i32) -> usize {
    if year < 2025 { 11 } else { 13 }
}

fn years_with_other_sums(calendar: &Calendar) -> Vec<i32> {
    calendar
        .years()
        .filter(|year| {
            let weekdays = year_of_days(*year)
                .filter(|day| day.weekday().num_days_from_monday() < 5)
                .count();
            let worked = year_of_days(*year)
                .filter(|day| calendar.is_working_day(*day))
                .count();
            weekdays - worked != days_off_by_law(*year)
        })
        .collect()
}

#[test]
fn each_year_has_the_days_off_that_the_law_gives() {
    assert_eq!(
        years_with_other_sums(Calendar::shipped()),
        Vec::<i32>::new()
    );
    for (year, off, worked) in [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)] {
        let ordered = Calendar::shipped().year(year).unwrap();
        let length = |holiday: &Holiday| (holiday.to - holiday.from).num_days() + 1;
        assert_eq!(ordered.holidays.iter().map(length).sum::<i64>(), off);
        assert_eq!(ordered.working.len(), worked);
    }
}

#[test]
fn a_day_too_many_or_too_few_is_found_by_the_sum() {
    for (right, wrong, year) in [
        ("    2024-04-28, # 劳动节\n", "", 2024),
        ("to = 2025-02-04", "to = 2025-02-05", 2025),
        ("to = 2026-02-23", "to = 2026-02-22", 2026),
    ] {
        assert!(TEXT.contains(right), "{right}");
        let calendar = Calendar::parse(&TEXT.replacen(right, wrong, 1)).unwrap();
        assert_eq!(years_with_other_sums(&calendar), [year]);
    }
}

#[test]
fn a_year_without_a_notice_has_weekends_only_and_says_so() {
    let calendar = Calendar::shipped();
    assert!(calendar.covers(day("2024-01-01")));
    assert!(calendar.covers(day("2026-12-31")));
    for (text, worked) in [
        ("2023-12-29", true),
        ("2023-12-31", false),
        ("2027-01-01", true),
        ("2027-01-02", false),
    ] {
        assert!(!calendar.covers(day(text)), "{text}");
        assert_eq!(calendar.is_working_day(day(text)), worked, "{text}");
    }
    assert!(calendar.year(2027).is_none());
}
