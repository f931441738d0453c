//! Ways of writing the same number meet in one normal form.

use proptest::prelude::*;
use tradein::domain::formats::{
    BankAccountNumber, Gtin, IdNumber, Imei, InvoiceNumber, Mobile, Plate, Serial, Uscc, Vin,
};

use crate::{counterexample, today};

const PROVINCES: &str = "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]";

/// How one character is written differently.
#[derive(Debug, Clone, Copy)]
struct Change {
    lower: bool,
    wide: bool,
    before: &'static str,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let gaps = vec![
        "", "", "", " ", "-", "\u{3000}", "\u{A0}", "－", "\u{2013}", "  - ",
    ];
    let change = (any::<bool>(), any::<bool>(), prop::sample::select(gaps)).prop_map(
        |(lower, wide, before)| Change {
            lower,
            wide,
            before,
        },
    );
    prop::collection::vec(change, 40)
}

/// The text with each character written as its change says, and blanks around it.
fn rewritten(text: &str, changes: &[Change]) -> String {
    let mut written = String::from(" ");
    for (c, change) in text.chars().zip(changes.iter().cycle()) {
        written.push_str(change.before);
        let c = if change.lower {
            c.to_ascii_lowercase()
        } else {
            c
        };
        let wide = char::from_u32(u32::from(c) + 0xFEE0).filter(|_| c.is_ascii_graphic());
        written.push(wide.filter(|_| change.wide).unwrap_or(c));
    }
    written.push(' ');
    written
}

/// A format: texts that are valid, and its normal form.
struct Form {
    name: &'static str,
    valid: BoxedStrategy<String>,
    normal: fn(&str) -> Option<String>,
}

/// The regular expressions make all but check digits; those are found by trying.
fn form(name: &'static str, shape: &'static str, normal: fn(&str) -> Option<String>) -> Form {
    let valid = (shape, any::<prop::sample::Index>())
        .prop_filter_map("no valid check", move |(text, start)| {
            let checks = "0123456789X";
            let first = start.index(checks.len());
            let place = if name == "VIN" { 8 } else { text.len() - 1 };
            let tried = (0..checks.len()).map(|n| {
                let check = &checks[(first + n) % checks.len()..][..1];
                format!(
                    "{}{check}{}",
                    &text[..place],
                    text.get(place + 1..).unwrap_or("")
                )
            });
            let accepted = |text: &String| normal(text).is_some();
            std::iter::once(text.clone()).chain(tried).find(accepted)
        })
        .boxed();
    Form {
        name,
        valid,
        normal,
    }
}

fn forms() -> Vec<Form> {
    vec![
        form(
            "resident ID",
            "419099(19[0-9]{2}|200[0-9])(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{4}",
            |text| {
                let read = IdNumber::parse_resident_id(text, today()).ok()?;
                Some(read.as_str().to_owned())
            },
        ),
        form("untyped number", "[A-Z][0-9]{8}", |text| {
            Some(IdNumber::parse(text, today()).ok()?.as_str().to_owned())
        }),
        form(
            "credit code",
            "91[0-9]{6}MA[0-9A-HJ-NP-RTUW-Y]{7}0",
            |text| Some(Uscc::parse(text).ok()?.as_str().to_owned()),
        ),
        form("VIN", "L[0-9A-HJ-NPR-Z]{16}", |text| {
            Some(Vin::parse(text).ok()?.as_str().to_owned())
        }),
        form("EAN-13", "[0-9]{13}", |text| {
            Some(Gtin::parse(text).ok()?.as_str().to_owned())
        }),
        form("serial", "[A-Z0-9][A-Z0-9/._:+#]{3,39}", |text| {
            Some(Serial::parse(text).ok()?.as_str().to_owned())
        }),
        form("IMEI", "[0-9]{15}", |text| {
            Some(Imei::parse(text).ok()?.as_str().to_owned())
        }),
        form("e-invoice", "2[1-6](0[1-9]|[1-9][0-9])[0-9]{16}", |text| {
            Some(
                InvoiceNumber::parse(text, today())
                    .ok()?
                    .as_str()
                    .to_owned(),
            )
        }),
        form("paper invoice", "[0-9]{18}", |text| {
            Some(
                InvoiceNumber::parse(text, today())
                    .ok()?
                    .as_str()
                    .to_owned(),
            )
        }),
        form("mobile", "(\\+86)?1[3-9][0-9]{9}", |text| {
            Some(Mobile::parse(text).ok()?.as_str().to_owned())
        }),
        form("bank card", "[0-9]{16,19}", |text| {
            Some(BankAccountNumber::parse(text).ok()?.as_str().to_owned())
        }),
        form(
            "plate",
            "豫[A-HJ-NP-Z](·)?([A-HJ-NP-Z]?[0-9]{4}[A-HJ-NP-Z]|[A-HJK][0-9A-HJ-NP-Z][0-9]{4}|[0-9]{5}[A-HJK])",
            |text| Some(Plate::parse(text).ok()?.as_str().to_owned()),
        ),
    ]
}

/// A number and two ways of writing it that `normal` keeps apart.
fn kept_apart(form: &Form, normal: impl Fn(&str) -> Option<String>) -> Option<String> {
    let inputs = (form.valid.clone(), changes());
    counterexample(form.name, 500, &inputs, |(text, changes)| {
        let plain = normal(text);
        plain.is_some() && plain == normal(&rewritten(text, changes))
    })
    .map(|(text, changes)| rewritten(&text, &changes))
}

#[test]
fn case_blanks_hyphens_and_width_do_not_matter() {
    for form in forms() {
        assert_eq!(kept_apart(&form, form.normal), None, "{}", form.name);
    }
}

#[test]
fn a_normal_form_that_only_trims_is_told_apart() {
    for form in forms() {
        let lazy = |text: &str| Some(text.trim().to_uppercase());
        assert!(kept_apart(&form, lazy).is_some(), "{}", form.name);
    }
}

#[test]
fn a_normal_form_is_its_own() {
    for form in forms() {
        let changed = counterexample(form.name, 500, &form.valid, |text| {
            let once = (form.normal)(text);
            once.is_some() && once == once.as_deref().and_then(form.normal)
        });
        assert_eq!(changed, None, "{}", form.name);
    }
}

#[test]
fn different_numbers_stay_apart() {
    for form in forms().into_iter().filter(|form| form.name != "serial") {
        let met = counterexample(
            form.name,
            500,
            &(form.valid.clone(), form.valid.clone()),
            |(a, b)| {
                let bare = |text: &str| text.replace("+86", "").replace('·', "");
                bare(a) == bare(b) || (form.normal)(a) != (form.normal)(b)
            },
        );
        assert_eq!(met, None, "{}", form.name);
    }
}

/// A serial number and its misreading that `compared` keeps apart.
fn misread_apart(compared: fn(&str) -> Option<String>) -> Option<String> {
    let inputs = ("[A-Z0-9]{4,40}", any::<u64>());
    counterexample("misread serial", 1000, &inputs, |(text, turns)| {
        let misread: String = text
            .chars()
            .enumerate()
            .map(|(place, c)| match (c, turns >> (place % 64) & 1) {
                ('O', 1) => '0',
                ('0', 1) => 'O',
                ('I', 1) => '1',
                ('1', 1) => 'I',
                _ => c,
            })
            .collect();
        compared(text) == compared(&misread)
    })
    .map(|(text, _)| text)
}

#[test]
fn misread_serials_are_the_same() {
    assert_eq!(
        misread_apart(|text| Some(Serial::parse(text).ok()?.as_str().to_owned())),
        None
    );
    assert!(misread_apart(|text| Some(text.to_owned())).is_some());
}

#[test]
fn plates_are_taken_by_their_shapes_and_not_with_i_or_o() {
    let shapes = [
        "[A-HJ-NP-Z][0-9]{5}",
        "[A-HJ-NP-Z][0-9]{2}[A-HJ-NP-Z][0-9][A-HJ-NP-Z]",
        "[A-HJ-NP-Z][A-HJK][0-9A-HJ-NP-Z][0-9]{4}",
        "[A-HJ-NP-Z][0-9]{5}[A-HJK]",
    ];
    for shape in shapes {
        let inputs = (
            PROVINCES,
            shape,
            any::<prop::sample::Index>(),
            prop::sample::select(vec!["I", "O"]),
        );
        let wrong = counterexample(shape, 500, &inputs, |(province, rest, place, letter)| {
            let place = place.index(rest.len());
            let spoilt = format!("{province}{}{letter}{}", &rest[..place], &rest[place + 1..]);
            Plate::parse(&format!("{province}{rest}")).is_ok() && Plate::parse(&spoilt).is_err()
        });
        assert!(wrong.is_none(), "{wrong:?}");
    }
}

#[test]
fn no_spacing_makes_two_invoices_of_one() {
    let inputs = (
        "2[1-6](0[1-9]|[1-9][0-9])[0-9]{16}",
        1_usize..20,
        prop::sample::select(vec!["-", "/", " "]),
    );
    let apart = counterexample("spaced e-invoice", 500, &inputs, |(text, place, gap)| {
        let spaced = format!("{}{gap}{}", &text[..*place], &text[*place..]);
        InvoiceNumber::parse(text, today()) == InvoiceNumber::parse(&spaced, today())
    });
    assert_eq!(apart, None);
}
