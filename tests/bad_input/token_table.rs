//! Tokens that nobody may be let in with. Most are signed with the service's own key, so that
//! nothing but what is wrong with them can be the reason why they are refused.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tradein::clock;
use tradein::keys::{Keys, Signer};

/// A name and a token.
pub type Hostile = (String, String);

/// What forgers have: a good token, the keys of the service, and a token of another service.
pub struct Forge<'a> {
    pub keys: &'a Keys,
    pub good: &'a str,
    pub foreign: &'a str,
}

pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

pub fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// Signs a head and a body as they are.
fn signed(input: &str, signer: &Signer) -> String {
    let signature = URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn named(name: impl Into<String>, token: impl Into<String>) -> Hostile {
    (name.into(), token.into())
}

/// With members changed; `null` takes one away.
fn changed(value: &Value, changes: &[(&str, Value)]) -> Value {
    let mut object = value.as_object().unwrap().clone();
    for (name, to) in changes {
        if to.is_null() {
            object.remove(*name);
        } else {
            object.insert((*name).to_owned(), to.clone());
        }
    }
    Value::Object(object)
}

impl Forge<'_> {
    fn parts(&self) -> [&str; 3] {
        self.good.split('.').collect::<Vec<_>>().try_into().unwrap()
    }

    fn header(&self) -> Value {
        read(self.parts()[0])
    }

    fn claims(&self) -> Value {
        read(self.parts()[1])
    }

    /// All of them.
    pub fn all(&self) -> Vec<Hostile> {
        let mut all = self.algorithms();
        all.extend(self.headers());
        all.extend(self.claims_changed());
        all.extend(self.strangers());
        all.extend(self.texts());
        all.extend(self.signatures());
        all
    }

    /// Another algorithm than ours.
    fn algorithms(&self) -> Vec<Hostile> {
        let mut tokens = Vec::new();
        for none in ["none", "None", "NONE", "nOnE", " none", "none\0", ""] {
            let head = changed(&self.header(), &[("alg", json!(none))]);
            let input = format!("{}.{}", part(&head), self.parts()[1]);
            tokens.push(named(
                format!("alg {none:?}, no signature"),
                input.clone() + ".",
            ));
            tokens.push(named(
                format!("alg {none:?}, our signature"),
                signed(&input, &self.keys.token),
            ));
        }
        for alg in [
            "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "ES512", "ES256K", "Ed448",
            "Ed25519", "eddsa", "EDDSA", "dir",
        ] {
            let head = changed(&self.header(), &[("alg", json!(alg))]);
            let input = format!("{}.{}", part(&head), self.parts()[1]);
            tokens.push(named(
                format!("alg {alg}"),
                signed(&input, &self.keys.token),
            ));
        }
        // What a verifier falls for that takes the key for a secret: in each of its spellings.
        let jwk = self.keys.token.jwk();
        let x = jwk["x"].as_str().unwrap();
        let head = changed(&self.header(), &[("alg", json!("HS256"))]);
        let input = format!("{}.{}", part(&head), self.parts()[1]);
        for (what, secret) in [
            ("the public key", URL_SAFE_NO_PAD.decode(x).unwrap()),
            ("the public key in base64", x.as_bytes().to_vec()),
            ("the public JWK", jwk.to_string().into_bytes()),
            ("nothing", Vec::new()),
        ] {
            let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
            let tag = aws_lc_rs::hmac::sign(&key, input.as_bytes());
            let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            tokens.push(named(format!("HS256 with {what} as its secret"), token));
        }
        tokens
    }

    /// Headers that say how they want to be checked.
    fn headers(&self) -> Vec<Hostile> {
        let stranger = Signer::from_seed(&[99; 32]).unwrap();
        let away = || Value::Null;
        let cases = [
            ("typ JWT", "typ", json!("JWT")),
            ("typ of a receipt", "typ", json!("tradein-receipt+jws")),
            ("typ of an identity token", "typ", json!("id+jwt")),
            ("typ with a blank", "typ", json!("at+jwt ")),
            ("no typ", "typ", away()),
            ("no alg", "alg", away()),
            ("alg a list", "alg", json!(["EdDSA", "none"])),
            ("no kid", "kid", away()),
            ("kid a path", "kid", json!("../../../../dev/null")),
            ("kid an SQL text", "kid", json!("x' UNION SELECT 'k' --")),
            ("kid a command", "kid", json!("|/usr/bin/id")),
            ("kid empty", "kid", json!("")),
            (
                "kid of the receipt key",
                "kid",
                json!(self.keys.receipt.kid()),
            ),
            ("jwk", "jwk", stranger.jwk()),
            ("jwk of our own", "jwk", self.keys.token.jwk()),
            ("jku", "jku", json!("http://127.0.0.1:9/keys.json")),
            ("x5u", "x5u", json!("http://127.0.0.1:9/cert.pem")),
            ("x5c", "x5c", json!(["MIIB"])),
            ("x5t", "x5t", json!("AAAA")),
            ("crit", "crit", json!(["exp"])),
            ("b64", "b64", json!(false)),
            ("zip", "zip", json!("DEF")),
            ("cty", "cty", json!("JWT")),
            ("enc", "enc", json!("A256GCM")),
        ];
        cases
            .into_iter()
            .map(|(name, member, to)| {
                let head = changed(&self.header(), &[(member, to)]);
                let input = format!("{}.{}", part(&head), self.parts()[1]);
                named(format!("header: {name}"), signed(&input, &self.keys.token))
            })
            .collect()
    }

    /// Claims that our own key signed and that we never give out.
    fn claims_changed(&self) -> Vec<Hostile> {
        let now = clock::now().unix_seconds();
        let other = read(self.foreign.split('.').nth(1).unwrap());
        let mut cases = vec![
            ("iss another", vec![("iss", json!("elsewhere"))]),
            ("iss a list", vec![("iss", json!(["tradein"]))]),
            ("aud another", vec![("aud", json!("another-api"))]),
            ("aud a list", vec![("aud", json!(["tradein-api", "x"]))]),
            ("sub another client", vec![("sub", other["sub"].clone())]),
            (
                "sub and client of nobody",
                vec![
                    ("sub", other["sub"].clone()),
                    ("client_id", other["sub"].clone()),
                ],
            ),
            ("sub an object", vec![("sub", json!({"$ne": null}))]),
            ("role of the bureau", vec![("role", json!("approver"))]),
            ("role in capitals", vec![("role", json!("DEALER"))]),
            ("role unknown", vec![("role", json!("root"))]),
            ("exp past", vec![("exp", json!(now - 1))]),
            ("exp negative", vec![("exp", json!(-1))]),
            ("exp zero", vec![("exp", json!(0))]),
            ("exp a text", vec![("exp", json!((now + 60).to_string()))]),
            ("exp a fraction", vec![("exp", json!(now as f64 + 60.5))]),
            ("exp in ten years", vec![("exp", json!(now + 315_360_000))]),
            ("exp the largest number", vec![("exp", json!(i64::MAX))]),
            ("exp beyond 64 bits", vec![("exp", json!(u64::MAX))]),
            (
                "exp and iat at both ends",
                vec![("exp", json!(i64::MAX)), ("iat", json!(i64::MIN))],
            ),
            (
                "iat tomorrow",
                vec![("iat", json!(now + 86_400)), ("exp", json!(now + 86_460))],
            ),
            (
                "iat after exp",
                vec![("iat", json!(now + 20)), ("exp", json!(now + 10))],
            ),
            ("nbf tomorrow", vec![("nbf", json!(now + 86_400))]),
            ("scope a list", vec![("scope", json!(["claims:approve"]))]),
            ("a claim more", vec![("admin", json!(true))]),
        ];
        for member in [
            "iss",
            "aud",
            "sub",
            "client_id",
            "role",
            "jti",
            "iat",
            "nbf",
            "exp",
        ] {
            cases.push((member, vec![(member, Value::Null)]));
        }
        cases
            .into_iter()
            .map(|(name, changes)| {
                let gone = changes.iter().all(|(_, to)| to.is_null());
                let body = part(&changed(&self.claims(), &changes));
                let input = format!("{}.{body}", self.parts()[0]);
                let name = if gone {
                    format!("claims: no {name}")
                } else {
                    format!("claims: {name}")
                };
                named(name, signed(&input, &self.keys.token))
            })
            .collect()
    }

    /// Signed by others, or by a key that is not for this.
    fn strangers(&self) -> Vec<Hostile> {
        let stranger = Signer::from_seed(&[99; 32]).unwrap();
        let body = self.parts()[1];
        let with_head = |changes: &[(&str, Value)], signer: &Signer| {
            let head = changed(&self.header(), changes);
            signed(&format!("{}.{body}", part(&head)), signer)
        };
        let receipt = json!(self.keys.receipt.kid());
        let foreign = self.foreign.split('.').collect::<Vec<_>>();
        vec![
            named("another service's", self.foreign),
            named("another service's under our key's name", {
                let head = part(&self.header());
                format!("{head}.{}.{}", foreign[1], foreign[2])
            }),
            named(
                "a stranger's key under our key's name",
                with_head(&[], &stranger),
            ),
            named(
                "a stranger's key that it brings",
                with_head(
                    &[("jwk", stranger.jwk()), ("kid", json!(stranger.kid()))],
                    &stranger,
                ),
            ),
            named(
                "the receipt key",
                with_head(&[("kid", receipt.clone())], &self.keys.receipt),
            ),
            named(
                "the receipt key under the token key's name",
                with_head(&[], &self.keys.receipt),
            ),
            named(
                "a receipt",
                with_head(
                    &[("kid", receipt), ("typ", json!("tradein-receipt+jws"))],
                    &self.keys.receipt,
                ),
            ),
        ]
    }

    /// Texts that are built otherwise than a compact JWS.
    fn texts(&self) -> Vec<Hostile> {
        let [head, body, signature] = self.parts();
        let good = self.good;
        let kid = self.keys.token.kid();
        let typ = r#""typ":"at+jwt""#;
        let raw_head = |text: String| {
            let head = URL_SAFE_NO_PAD.encode(text);
            signed(&format!("{head}.{body}"), &self.keys.token)
        };
        let claims = self.claims().to_string();
        let twice = claims.replacen('{', r#"{"role":"approver","#, 1);
        let raw_body = |text: &str| {
            let body = URL_SAFE_NO_PAD.encode(text);
            signed(&format!("{head}.{body}"), &self.keys.token)
        };
        let standard = |part: &str| STANDARD.encode(URL_SAFE_NO_PAD.decode(part).unwrap());
        vec![
            named("one letter", "x"),
            named("dots", ".."),
            named("null", "null"),
            named("undefined", "undefined"),
            named("no ASCII", "é"),
            named("two parts", format!("{head}.{body}")),
            named("four parts", format!("{good}.{signature}")),
            named(
                "five parts, as a JWE",
                format!("{head}..{body}.{signature}.AAAA"),
            ),
            named("two tokens with a comma", format!("{good},{good}")),
            named("two tokens with a blank", format!("{good} {good}")),
            named("the scheme twice", format!("Bearer {good}")),
            named("in quotes", format!("\"{good}\"")),
            named("a blank inside", format!("{head}. {body}.{signature}")),
            named("a tab inside", format!("{head}.\t{body}.{signature}")),
            named("escaped", good.replacen('.', "%2E", 1)),
            named("full-width full stops", good.replace('.', "\u{ff0e}")),
            named("a Cyrillic letter", good.replacen('e', "\u{435}", 1)),
            named("padding", format!("{good}==")),
            named(
                "head with padding",
                format!("{}.{body}.{signature}", standard(head) + "="),
            ),
            named(
                "longer than 4 KiB",
                format!("{head}.{}.{signature}", "A".repeat(5_000)),
            ),
            named(
                "JSON serialisation",
                json!({"protected": head, "payload": body, "signature": signature}).to_string(),
            ),
            named("head is a list", raw_head("[]".into())),
            named(
                "head is empty",
                signed(&format!(".{body}"), &self.keys.token),
            ),
            named(
                "body is empty",
                signed(&format!("{head}."), &self.keys.token),
            ),
            named("body is a list", raw_body("[]")),
            named("body is no JSON", raw_body("exp=9999999999")),
            named("body with a text behind", raw_body(&format!("{claims}x"))),
            named(
                "alg twice",
                raw_head(format!(
                    r#"{{"alg":"none","alg":"EdDSA","kid":"{kid}",{typ}}}"#
                )),
            ),
            named(
                "kid twice",
                raw_head(format!(
                    r#"{{"alg":"EdDSA","kid":"x","kid":"{kid}",{typ}}}"#
                )),
            ),
            named("role twice", raw_body(&twice)),
            named("exp as 1e999", raw_body(&replaced_exp(&claims, "1e999"))),
            named(
                "exp of 400 digits",
                raw_body(&replaced_exp(&claims, &"9".repeat(400))),
            ),
        ]
    }

    /// Signatures that are nearly ours.
    fn signatures(&self) -> Vec<Hostile> {
        let [head, body, signature] = self.parts();
        let input = format!("{head}.{body}");
        let with = |signature: &str| format!("{input}.{signature}");
        let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let of = |bytes: &[u8]| with(&URL_SAFE_NO_PAD.encode(bytes));
        let mut flipped = bytes.clone();
        flipped[0] ^= 1;
        let mut longer = bytes.clone();
        longer.push(0);
        // The last letter holds two bits more than the signature has; only zeros are canonical.
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let last = letters.find(&signature[signature.len() - 1..]).unwrap();
        let sloppy = &letters[last + 1..last + 2];
        let wider = changed(
            &self.claims(),
            &[("scope", json!("claims:read payouts:write"))],
        );
        let office = changed(&self.claims(), &[("role", json!("operator"))]);
        let far = changed(&self.claims(), &[("exp", json!(9_999_999_999_u64))]);
        vec![
            named("no signature", with("")),
            named("one bit flipped", of(&flipped)),
            named("signature cut", of(&bytes[..63])),
            named("half a signature", of(&bytes[..32])),
            named("signature one byte longer", of(&longer)),
            named("signature twice", with(&signature.repeat(2))),
            named("signature of zeros", of(&[0; 64])),
            named("same bytes, other last letter", {
                with(&format!("{}{sloppy}", &signature[..signature.len() - 1]))
            }),
            named("s and the order of the group", of(&plus_order(&bytes))),
            named(
                "scope widened",
                format!("{head}.{}.{signature}", part(&wider)),
            ),
            named(
                "role changed",
                format!("{head}.{}.{signature}", part(&office)),
            ),
            named("exp changed", format!("{head}.{}.{signature}", part(&far))),
        ]
    }
}

fn replaced_exp(claims: &str, to: &str) -> String {
    let begin = claims.find("\"exp\":").unwrap() + 6;
    let end = begin + claims[begin..].find([',', '}']).unwrap();
    format!("{}{to}{}", &claims[..begin], &claims[end..])
}

/// The same signature with the order of the group added to S, which RFC 8032, 5.1.7 refuses.
fn plus_order(signature: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut sum = signature.to_vec();
    let mut carry = 0;
    for (byte, order) in sum[32..].iter_mut().zip(ORDER) {
        let total = u16::from(*byte) + u16::from(order) + carry;
        *byte = (total & 0xff) as u8;
        carry = total >> 8;
    }
    sum
}
