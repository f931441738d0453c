use super::*;

const STRICT: Policy = Policy {
    allow_http: false,
    allow_private: false,
};
const SANDBOX: Policy = Policy {
    allow_http: true,
    allow_private: true,
};

/// Refused by everybody, whatever the policy.
const NOT_FOR_ANYBODY: &[(&str, &[&str])] = &[
    (
        "webhook_url_malformed",
        &[
            "",
            " ",
            "https",
            "https:",
            "https://",
            "https:///",
            "https:///example.com/",
            "https:/example.com/",
            "https:example.com/",
            "https:\\\\example.com\\",
            "https://example.com\\@127.0.0.1/",
            "https://127.0.0.1\\@example.com/",
            "//example.com/hook",
            "/hook",
            "example.com/hook",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@example.com",
            " https://example.com/",
            "https://example.com/ ",
            "https://exam ple.com/",
            "https://exam\tple.com/",
            "ht\ntps://example.com/",
            "https://example.com/a\r\nX-Injected: 1",
            "https://example.com/\0",
            "https://example.com/a\u{a0}b",
            "https://example.com\u{2028}/",
            "https://?x=https://example.com/",
            "https://:443/",
            "https://example.com:port/",
            "https://example.com:-1/",
            "https://example.com:65536/",
            "https://example.com:443:443/",
            "https://[::1",
            "https://::1/",
            "https://[fe80::1%25eth0]/",
            "https://[fe80::1%eth0]/",
            "https://[::1]example.com/",
            "https://[1.2.3.4]/",
            "https://[::ffff:1.2.3.400]/",
            "https://256.256.256.256/",
            "https://1.2.3.4.5/",
            "https://4294967296/",
            "https://0x100000000/",
            "https://09.1.1.1/",
            "https://example.1/",
            "https://%31%32%37.0.0.1/",
            "https://127%2e0%2e0%2e1/",
            "https://localhost%00.example.com/",
            "https://%6c%6f%63%61%6c%68%6f%73%74/",
            "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
            "https://exa<mple.com/",
            "https://exa|mple.com/",
            "https://exa^mple.com/",
            "https://xn--/",
            "https://xn--a.example.com/",
            // Only a soft hyphen, which IDNA drops.
            "https://\u{ad}/",
            "https://\u{202e}moc.elpmaxe/",
        ],
    ),
    (
        "webhook_url_scheme",
        &[
            "file:///etc/passwd",
            "file://127.0.0.1/etc/passwd",
            "ftp://example.com/",
            "gopher://127.0.0.1:6379/_FLUSHALL",
            "dict://127.0.0.1:11211/",
            "ldap://127.0.0.1/",
            "ws://example.com/",
            "wss://example.com/",
            "unix:///var/run/docker.sock",
            "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
            "httpss://example.com/",
            "blob:https://example.com/x",
        ],
    ),
    (
        "webhook_url_credentials",
        &[
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://:password@example.com/",
            "https://@example.com/",
            "https://example.com@127.0.0.1/",
            "https://example.com:443@127.0.0.1/",
            "https://a@b@127.0.0.1/",
            "https://127.0.0.1@example.com/",
        ],
    ),
    (
        "webhook_url_fragment",
        &[
            "https://example.com/#",
            "https://example.com/#top",
            "https://example.com#@127.0.0.1/",
        ],
    ),
    (
        "webhook_url_port",
        &[
            "https://example.com:0/",
            "https://example.com:22/",
            "https://example.com:25/",
            "https://example.com:53/",
            "https://example.com:80/",
            "https://example.com:445/",
            "https://example.com:993/",
            "https://example.com:1023/",
            "https://example.com:2049/",
            "https://example.com:5060/",
            "https://example.com:6000/",
            "https://example.com:6667/",
            "https://example.com:10080/",
            "https://example.com:0000000022/",
        ],
    ),
];

/// Addresses and names that are not public, in every spelling that leads to one.
const PRIVATE: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.127.127.127/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0x0/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0X7F.0x0.0x0.0x1/",
    "https://0177.0.0.1/",
    "https://0177.0x0.0.01/",
    "https://000000177.0.0.1/",
    "https://10.0.0.1/",
    "https://10.1/",
    "https://012.0.0.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://168.63.129.16/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://169.254.43518/",
    "https://169.16689662/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.1.1/",
    "https://3232235777/",
    "https://0300.0250.1.1/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://4294967295/",
    // Full-width and other digits and full stops, which IDNA maps to plain ones.
    "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
    "https://127\u{3002}0\u{3002}0\u{3002}1/",
    "https://127\u{ff0e}0\u{ff0e}0\u{ff0e}1/",
    "https://127\u{ff61}1/",
    "https://\u{2460}27.0.0.1/",
    "https://\u{1d7cf}\u{1d7d0}\u{1d7d5}.0.0.1/",
    "https://127.0.0.\u{ad}1/",
    "https://\u{ff30}\u{ff11}.local/",
    "https://[::]/",
    "https://[::1]/",
    "https://[::1]:8443/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[0000::0001]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::FFFF:10.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2001:0:53aa:64c:0:0:80ff:fffe]/",
    "https://[2001:db8::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost:8443/",
    "https://\u{24db}\u{24de}calhost/",
    "https://loc\u{ad}alhost/",
    "https://hooks.localhost/",
    "https://localhost.localdomain/",
    "https://postgres:5432/",
    "https://intranet/",
    "https://kubernetes.default.svc.cluster.local/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://host.docker.internal/",
    "https://printer.lan/",
    "https://crm.corp/",
    "https://router.home.arpa/",
    "https://home.arpa/",
];

/// Names with a full stop at the end or in a row, which are not private in every policy.
const EMPTY_LABELS: &[&str] = &[
    "https://localhost./",
    "https://example.com./",
    "https://example.com../",
    "https://example..com/",
    "https://.example.com/",
    "https://127.0.0.1../",
    "https://./",
];

const GOOD: &[(&str, &str)] = &[
    ("https://example.com", "https://example.com/"),
    ("https://example.com/", "https://example.com/"),
    ("HTTPS://Example.COM/Hook", "https://example.com/Hook"),
    ("https://example.com:443/hook", "https://example.com/hook"),
    ("https://example.com:8443/", "https://example.com:8443/"),
    ("https://example.com:1024/", "https://example.com:1024/"),
    ("https://example.com:65535/", "https://example.com:65535/"),
    (
        "https://erp.dealer.example/hooks/tradein?key=a%20b&x=%2F",
        "https://erp.dealer.example/hooks/tradein?key=a%20b&x=%2F",
    ),
    ("https://example.com?a=b@c", "https://example.com/?a=b@c"),
    ("https://example.com/@user", "https://example.com/@user"),
    ("https://example.com/a/../b", "https://example.com/b"),
    ("https://example.com/%2e%2e/b", "https://example.com/b"),
    (
        "https://example.com/https://127.0.0.1/",
        "https://example.com/https://127.0.0.1/",
    ),
    (
        "https://例子.中国/回调",
        "https://xn--fsqu00a.xn--fiqs8s/%E5%9B%9E%E8%B0%83",
    ),
    (
        "https://xn--fsqu00a.xn--fiqs8s/",
        "https://xn--fsqu00a.xn--fiqs8s/",
    ),
    ("https://my_erp.example.com/", "https://my_erp.example.com/"),
    (
        "https://127.0.0.1.example.com/",
        "https://127.0.0.1.example.com/",
    ),
    (
        "https://localhost.example.com/",
        "https://localhost.example.com/",
    ),
    ("https://mylocal.example/", "https://mylocal.example/"),
    ("https://notlocalhost.com/", "https://notlocalhost.com/"),
    ("https://myhome.arpa/", "https://myhome.arpa/"),
    ("https://8.8.8.8/", "https://8.8.8.8/"),
    ("https://0x08080808/", "https://8.8.8.8/"),
    (
        "https://[2606:4700:4700::1111]/",
        "https://[2606:4700:4700::1111]/",
    ),
    (
        "https://[2400:3200:0:0::1]:8443/a",
        "https://[2400:3200::1]:8443/a",
    ),
    (
        "https://example.com/a|b\"c{d}e^f`g?h'i\"j",
        "https://example.com/a|b%22c%7Bd%7De^f%60g?h%27i%22j",
    ),
];

fn code(text: &str, policy: Policy) -> &'static str {
    match Target::parse(text, policy) {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

#[test]
fn refuses_hostile_urls_under_every_policy() {
    for (expected, texts) in NOT_FOR_ANYBODY {
        for text in *texts {
            assert_eq!(code(text, STRICT), *expected, "{text:?}");
            assert_eq!(code(text, SANDBOX), *expected, "{text:?} in a sandbox");
        }
    }
}

#[test]
fn refuses_what_is_not_public_in_every_spelling() {
    for text in PRIVATE {
        assert_eq!(code(text, STRICT), "webhook_url_private", "{text:?}");
        // The same URL passes where private addresses do: nothing else is wrong with it.
        assert_eq!(code(text, SANDBOX), "accepted", "{text:?}");
    }
}

#[test]
fn refuses_names_with_empty_labels() {
    for text in EMPTY_LABELS {
        assert_eq!(code(text, STRICT), "webhook_url_malformed", "{text:?}");
    }
}

#[test]
fn tries_enough_hostile_urls() {
    let general: usize = NOT_FOR_ANYBODY.iter().map(|(_, texts)| texts.len()).sum();
    assert!(general + PRIVATE.len() + EMPTY_LABELS.len() >= 180);
}

#[test]
fn accepts_good_urls_in_one_normal_form() {
    for (text, normal) in GOOD {
        let target = Target::parse(text, STRICT).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(target.url(), *normal, "{text}");
        let again = Target::parse(target.url(), STRICT).unwrap();
        assert_eq!(again, target, "{text}");
        assert!(target.tls);
    }
}

#[test]
fn takes_the_request_from_the_url() {
    let target = Target::parse("https://Example.com:8443/a?b=c", STRICT).unwrap();
    assert_eq!(target.authority, "example.com:8443");
    assert_eq!(target.path, "/a?b=c");
    assert_eq!(target.port, 8443);
    let target = Target::parse("https://[2606:4700:4700::1111]:443", STRICT).unwrap();
    assert_eq!(target.authority, "[2606:4700:4700::1111]");
    assert_eq!(target.path, "/");
    assert_eq!(target.port, 443);
}

#[test]
fn http_is_for_sandboxes() {
    let http_only = Policy {
        allow_http: true,
        allow_private: false,
    };
    for text in [
        "http://example.com/",
        "http://example.com:80/",
        "http://example.com:8080/",
    ] {
        assert_eq!(code(text, STRICT), "webhook_url_scheme", "{text}");
        assert_eq!(code(text, http_only), "accepted", "{text}");
    }
    for text in ["http://127.0.0.1/", "http://2130706433/", "http://[::1]/"] {
        assert_eq!(code(text, http_only), "webhook_url_private", "{text}");
        assert_eq!(code(text, SANDBOX), "accepted", "{text}");
    }
    assert_eq!(
        code("http://example.com:443/", http_only),
        "webhook_url_port"
    );
}

#[test]
fn a_target_is_judged_again_by_another_policy() {
    let lenient = Target::parse("http://127.0.0.1:8080/", SANDBOX).unwrap();
    assert_eq!(lenient.judge(STRICT), Err(TargetError::Scheme));
    let lenient = Target::parse("https://10.0.0.1/", SANDBOX).unwrap();
    assert_eq!(lenient.judge(STRICT), Err(TargetError::Private));
    assert_eq!(lenient.judge(SANDBOX), Ok(()));
}

#[test]
fn a_long_url_is_refused() {
    let of = |length: usize| {
        let start = "https://example.com/";
        format!("{start}{}", "a".repeat(length - start.len()))
    };
    assert_eq!(code(&of(LONGEST), STRICT), "accepted");
    assert_eq!(code(&of(LONGEST + 1), STRICT), "webhook_url_malformed");
    // Of which the normal form has three characters each.
    let escaped = format!("https://example.com/{}", "{".repeat(LONGEST / 3));
    assert_eq!(code(&escaped, STRICT), "webhook_url_malformed");
    let label = format!("https://{}.example.com/", "a".repeat(64));
    assert_eq!(code(&label, STRICT), "webhook_url_malformed");
}

#[test]
fn prints_no_path() {
    let target = Target::parse("https://example.com:8443/s3cret?key=s3cret", STRICT).unwrap();
    assert_eq!(
        format!("{target:?}"),
        r#"Target("https://example.com:8443")"#
    );
}
