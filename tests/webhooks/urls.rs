//! URLs that must lead to no connection, for the sender and for the service. `PORT` stands for the
//! port of somebody who listens on 127.0.0.1.

/// Spellings of this very machine: where private addresses are allowed, each leads to the listener.
pub const HERE: &[(&str, &str)] = &[
    ("loopback", "https://127.0.0.1:PORT/"),
    ("loopback, short", "https://127.1:PORT/"),
    ("loopback, three parts", "https://127.0.1:PORT/"),
    ("loopback, decimal", "https://2130706433:PORT/"),
    ("loopback, octal", "https://017700000001:PORT/"),
    ("loopback, octal parts", "https://0177.0.0.01:PORT/"),
    ("loopback, hexadecimal", "https://0x7f000001:PORT/"),
    (
        "loopback, hexadecimal parts",
        "https://0x7f.0x0.0x0.0x1:PORT/",
    ),
    ("loopback, mixed bases", "https://0x7f.1:PORT/"),
    ("loopback with a full stop", "https://127.0.0.1.:PORT/"),
    (
        "loopback, full-width digits",
        "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1:PORT/",
    ),
    (
        "loopback, ideographic full stops",
        "https://127\u{3002}0\u{3002}0\u{3002}1:PORT/",
    ),
    ("loopback, circled digit", "https://\u{2460}27.0.0.1:PORT/"),
    (
        "loopback, mathematical digits",
        "https://\u{1d7cf}\u{1d7d0}\u{1d7d5}.0.0.1:PORT/",
    ),
    ("loopback, soft hyphen", "https://127.0.0.\u{ad}1:PORT/"),
    ("this network", "https://0.0.0.0:PORT/"),
    ("this network, short", "https://0:PORT/"),
    ("IPv4-mapped", "https://[::ffff:127.0.0.1]:PORT/"),
    ("IPv4-mapped, hexadecimal", "https://[::ffff:7f00:1]:PORT/"),
    (
        "IPv4-mapped, long",
        "https://[0:0:0:0:0:FFFF:7F00:0001]:PORT/",
    ),
    ("localhost", "https://localhost:PORT/"),
    ("localhost in capitals", "https://LocalHost:PORT/"),
    (
        "localhost, circled letters",
        "https://\u{24db}\u{24de}calhost:PORT/",
    ),
    (
        "localhost, full-width letters",
        "https://\u{ff4c}ocalhost:PORT/",
    ),
    ("localhost, soft hyphen", "https://loc\u{ad}alhost:PORT/"),
    ("localhost, long s", "https://localho\u{17f}t:PORT/"),
    ("localhost below", "https://hooks.localhost:PORT/"),
    ("without TLS", "http://127.0.0.1:PORT/"),
    ("without TLS, by name", "http://localhost:PORT/"),
];

/// Other addresses and names that are not public.
pub const ELSEWHERE: &[(&str, &str)] = &[
    ("private, 10/8", "https://10.0.0.1/"),
    ("private, 10/8, octal", "https://012.0.0.1/"),
    ("private, 10/8, its end", "https://10.255.255.255/"),
    ("private, 172.16/12", "https://172.16.0.1/"),
    ("private, 172.16/12, its end", "https://172.31.255.254/"),
    ("private, 192.168/16", "https://192.168.1.1/"),
    ("private, 192.168/16, decimal", "https://3232235777/"),
    ("shared, 100.64/10", "https://100.64.0.1/"),
    ("loopback, another", "https://127.255.255.254/"),
    ("link-local", "https://169.254.1.1/"),
    ("protocol assignments", "https://192.0.0.192/"),
    ("documentation 1", "https://192.0.2.1/"),
    ("documentation 2", "https://198.51.100.1/"),
    ("documentation 3", "https://203.0.113.1/"),
    ("6to4 relays", "https://192.88.99.1/"),
    ("benchmarks", "https://198.19.0.1/"),
    ("multicast", "https://224.0.0.1/"),
    ("multicast, its end", "https://239.255.255.250/"),
    ("reserved", "https://240.0.0.1/"),
    ("broadcast", "https://255.255.255.255/"),
    ("metadata", "https://169.254.169.254/latest/meta-data/"),
    ("metadata, decimal", "https://2852039166/latest/meta-data/"),
    ("metadata, hexadecimal", "https://0xa9fea9fe/"),
    ("metadata, two parts", "https://169.16689662/"),
    (
        "metadata of Alibaba Cloud",
        "https://100.100.100.200/latest/meta-data/",
    ),
    ("host of Azure", "https://168.63.129.16/"),
    ("metadata over IPv6", "https://[fd00:ec2::254]/"),
    (
        "metadata by name",
        "https://metadata.google.internal/computeMetadata/v1/",
    ),
    ("IPv6 loopback", "https://[::1]:PORT/"),
    (
        "IPv6 loopback, long",
        "https://[0000:0:0:0:0:0:0:0001]:PORT/",
    ),
    ("IPv6 unspecified", "https://[::]:PORT/"),
    ("IPv4-compatible", "https://[::127.0.0.1]:PORT/"),
    ("IPv4-translated", "https://[::ffff:0:127.0.0.1]:PORT/"),
    ("IPv4-mapped metadata", "https://[::ffff:169.254.169.254]/"),
    ("IPv4-mapped private", "https://[::FFFF:10.0.0.1]/"),
    ("NAT64 to loopback", "https://[64:ff9b::127.0.0.1]:PORT/"),
    ("NAT64 to metadata", "https://[64:ff9b::a9fe:a9fe]/"),
    ("NAT64, local prefix", "https://[64:ff9b:1::a00:1]/"),
    ("6to4 to loopback", "https://[2002:7f00:1::]:PORT/"),
    ("6to4 to metadata", "https://[2002:a9fe:a9fe::]/"),
    ("Teredo", "https://[2001:0:53aa:64c:0:0:80ff:fffe]/"),
    ("ORCHID", "https://[2001:20::1]/"),
    ("IPv6 documentation", "https://[2001:db8::1]/"),
    ("discard-only", "https://[100::1]/"),
    ("unique local", "https://[fc00::1]/"),
    ("link-local over IPv6", "https://[fe80::1]/"),
    ("site-local", "https://[fec0::1]/"),
    ("multicast over IPv6", "https://[ff02::1]/"),
    ("segment routing", "https://[5f00::1]/"),
    ("a name of one label", "https://postgres:5432/"),
    (
        "a name of a cluster",
        "https://kubernetes.default.svc.cluster.local/",
    ),
    ("a name of containers", "https://host.docker.internal/"),
    ("a name of a home", "https://router.home.arpa/"),
    ("a name of an office", "https://crm.corp/"),
    ("a name of a network", "https://printer.lan/"),
];

/// What no policy takes.
pub const NEVER: &[(&str, &str)] = &[
    ("empty", ""),
    ("no scheme", "127.0.0.1:PORT"),
    ("no scheme, two slashes", "//127.0.0.1:PORT/"),
    ("three slashes", "https:///127.0.0.1:PORT/"),
    ("backslashes", "https:\\\\127.0.0.1:PORT\\"),
    (
        "a backslash before @",
        "https://example.com\\@127.0.0.1:PORT/",
    ),
    ("user", "https://example.com@127.0.0.1:PORT/"),
    ("user and port", "https://example.com:443@127.0.0.1:PORT/"),
    ("two @", "https://a@example.com@127.0.0.1:PORT/"),
    ("an empty user", "https://@127.0.0.1:PORT/"),
    ("a fragment", "https://example.com#@127.0.0.1:PORT/"),
    ("an escaped host", "https://%31%32%37.0.0.1:PORT/"),
    (
        "an escaped name",
        "https://%6c%6f%63%61%6c%68%6f%73%74:PORT/",
    ),
    ("an escaped zero", "https://localhost%00.example.com:PORT/"),
    ("a blank before", " https://127.0.0.1:PORT/"),
    ("a tab inside", "https://127.0.\t0.1:PORT/"),
    ("a line end", "https://127.0.0.1:PORT/\r\nhost: example.com"),
    ("a zone", "https://[fe80::1%25eth0]/"),
    ("a zone, not escaped", "https://[fe80::1%eth0]/"),
    ("loopback with a zone", "https://[::1%25lo]:PORT/"),
    ("a bracket without an end", "https://[::1"),
    ("IPv6 without brackets", "https://::1/"),
    ("a port of SSH", "https://example.com:22/"),
    ("a port of SMTP", "https://example.com:25/"),
    ("a port of SIP", "https://example.com:5060/"),
    ("a file", "file:///etc/passwd"),
    ("gopher", "gopher://127.0.0.1:PORT/_FLUSHALL"),
    ("dict", "dict://127.0.0.1:PORT/"),
    ("ftp", "ftp://127.0.0.1:PORT/"),
    ("ldap", "ldap://127.0.0.1:PORT/"),
    ("a socket", "http+unix://%2Fvar%2Frun%2Fdocker.sock/"),
    ("javascript", "javascript:fetch('http://127.0.0.1:PORT')"),
    ("data", "data:text/plain,x"),
    ("an address of five parts", "https://1.2.3.4.5/"),
    ("beyond 32 bits", "https://4294967296:PORT/"),
];

/// The URLs of a list, for a listener at `port`.
pub fn at(list: &[(&'static str, &str)], port: u16) -> Vec<(&'static str, String)> {
    let port = port.to_string();
    let with_port = |url: &str| url.replace("PORT", &port);
    list.iter()
        .map(|(name, url)| (*name, with_port(url)))
        .collect()
}
