//! Whatever comes as a claim is read or refused with pointers into it.

use proptest::prelude::*;
use serde_json::{Value, json};
use tradein::domain::draft::ClaimDraft;
use tradein::domain::intake::{IntakeError, read_claim};

use crate::{counterexample, today};

const CLAIMS: [&str; 2] = [
    include_str!("../data/claim_vehicle.json"),
    include_str!("../data/claim_digital.json"),
];

/// One change to a claim.
#[derive(Debug, Clone)]
enum Mutation {
    Remove(prop::sample::Index),
    Replace(prop::sample::Index, Value),
    Add(prop::sample::Index, String, Value),
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9]{1,20}".prop_map(Value::from),
        Just(json!("2025-02-29")),
        Just(json!("vehicle")),
        Just(json!("home")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z~/ ]{0,4}", inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Mutation::Remove),
        (index(), any_json()).prop_map(|(at, value)| Mutation::Replace(at, value)),
        (index(), "[a-z~/\"\\\\王 ]{0,6}", any_json())
            .prop_map(|(at, name, value)| Mutation::Add(at, name, value)),
    ]
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    if let Value::Object(members) = value {
        for (name, below) in members {
            let name = name.replace('~', "~0").replace('/', "~1");
            pointers(below, &format!("{at}/{name}"), found);
        }
    }
}

fn mutate(claim: &mut Value, mutation: &Mutation) {
    let mut places = Vec::new();
    pointers(claim, "", &mut places);
    let (Mutation::Remove(at) | Mutation::Replace(at, _) | Mutation::Add(at, _, _)) = mutation;
    let place = at.get(&places);
    match mutation {
        Mutation::Remove(_) => {
            let Some((parent, name)) = place.rsplit_once('/') else {
                return;
            };
            let name = name.replace("~1", "/").replace("~0", "~");
            if let Some(Value::Object(members)) = claim.pointer_mut(parent) {
                members.remove(&name);
            }
        }
        Mutation::Replace(_, value) => *claim.pointer_mut(place).unwrap() = value.clone(),
        Mutation::Add(_, name, value) => {
            if let Some(Value::Object(members)) = claim.pointer_mut(place) {
                members.insert(name.clone(), value.clone());
            }
        }
    }
}

/// RFC 6901: empty, or begins with a slash, and a tilde is followed by 0 or 1.
fn well_formed(pointer: &str) -> bool {
    let tildes = pointer.split('~').skip(1);
    (pointer.is_empty() || pointer.starts_with('/'))
        && tildes
            .into_iter()
            .all(|after| after.starts_with(['0', '1']))
}

/// Whether the pointer leads to a value, or to where one is missing in an object.
fn leads_into(claim: &Value, pointer: &str) -> bool {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    claim.pointer(pointer).is_some() || claim.pointer(parent).is_some_and(Value::is_object)
}

/// Whether the body is read into a draft that comes back from its sealed form, or refused with
/// defects whose pointers satisfy `fits`.
fn read_or_refused(body: &[u8], fits: impl Fn(&str) -> bool) -> bool {
    match read_claim(body, today()) {
        Ok(intake) => {
            let sealed = serde_json::to_vec(&intake.draft).unwrap();
            serde_json::from_slice::<ClaimDraft>(&sealed).unwrap() == intake.draft
        }
        Err(IntakeError::Malformed(defects)) => {
            !defects.is_empty() && defects.len() <= 100 && defects.iter().all(|d| fits(&d.field))
        }
        Err(IntakeError::Unreadable(_)) => serde_json::from_slice::<Value>(body).is_err(),
    }
}

#[test]
fn changed_claims_are_read_or_refused_with_pointers_into_them() {
    let inputs = (0..CLAIMS.len(), prop::collection::vec(mutation(), 1..4));
    let found = counterexample("changed claims", 3000, &inputs, |(base, mutations)| {
        let mut claim: Value = serde_json::from_str(CLAIMS[*base]).unwrap();
        mutations.iter().for_each(|m| mutate(&mut claim, m));
        read_or_refused(claim.to_string().as_bytes(), |pointer| {
            well_formed(pointer) && leads_into(&claim, pointer)
        })
    });
    assert!(found.is_none(), "{found:?}");
}

#[test]
fn broken_bytes_are_read_or_refused() {
    let breaks = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    let inputs = (0..CLAIMS.len(), breaks, any::<prop::sample::Index>());
    let found = counterexample("broken bytes", 3000, &inputs, |(base, breaks, end)| {
        let mut body = CLAIMS[*base].as_bytes().to_vec();
        for (at, byte) in breaks {
            let at = at.index(body.len());
            body[at] = *byte;
        }
        let cut = &body[..end.index(body.len())];
        read_or_refused(&body, well_formed) && read_or_refused(cut, well_formed)
    });
    assert!(found.is_none(), "{found:?}");
}

#[test]
fn a_planted_pointer_is_found() {
    for pointer in ["consumer/name", "/a~b", "/a~", "/a~2"] {
        assert!(!well_formed(pointer), "{pointer}");
    }
    for pointer in ["", "/", "/a~0b~1c", "/new_item/imei/0"] {
        assert!(well_formed(pointer), "{pointer}");
    }
    let claim: Value = serde_json::from_str(CLAIMS[0]).unwrap();
    assert!(leads_into(&claim, "/consumer/nickname") && leads_into(&claim, "/new_item/vin"));
    assert!(!leads_into(&claim, "/consumers/name") && !leads_into(&claim, "/programme/0"));
}
