//! Which addresses are public. A webhook may go nowhere else: whoever names a URL must not make
//! this service speak to the network it stands in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const fn v6(a: u16, b: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)
}

/// Ranges that are not public, with the length of their prefix: the IANA IPv4 Special-Purpose
/// Address Registry (RFC 6890 and later), multicast (RFC 5771), and one address of a cloud.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 16] = [
    // "This network"; 0.0.0.0 reaches this very machine (RFC 791).
    (v4(0, 0, 0, 0), 8),
    // Private use (RFC 1918).
    (v4(10, 0, 0, 0), 8),
    // Between a provider and its customers (RFC 6598); also where Alibaba Cloud keeps the
    // metadata of a machine, 100.100.100.200.
    (v4(100, 64, 0, 0), 10),
    // Loopback (RFC 1122).
    (v4(127, 0, 0, 0), 8),
    // A virtual machine's host in Azure: a public number that leads inside.
    (v4(168, 63, 129, 16), 32),
    // Link-local (RFC 3927); also where clouds keep the metadata of a machine, 169.254.169.254.
    (v4(169, 254, 0, 0), 16),
    // Private use (RFC 1918).
    (v4(172, 16, 0, 0), 12),
    // Protocol assignments (RFC 6890).
    (v4(192, 0, 0, 0), 24),
    // Documentation (RFC 5737).
    (v4(192, 0, 2, 0), 24),
    // Relays of 6to4, which are no more (RFC 7526).
    (v4(192, 88, 99, 0), 24),
    // Private use (RFC 1918).
    (v4(192, 168, 0, 0), 16),
    // Benchmarks (RFC 2544).
    (v4(198, 18, 0, 0), 15),
    // Documentation (RFC 5737).
    (v4(198, 51, 100, 0), 24),
    (v4(203, 0, 113, 0), 24),
    // Multicast (RFC 5771).
    (v4(224, 0, 0, 0), 4),
    // Reserved (RFC 1112), and broadcast.
    (v4(240, 0, 0, 0), 4),
];

/// The only range of IPv6 that IANA has given out as global unicast (RFC 4291). Outside of it
/// lie loopback, unspecified, IPv4-compatible and IPv4-mapped addresses, NAT64 (64:ff9b::/96 and
/// 64:ff9b:1::/48), discard-only, unique local, link-local, site-local and multicast.
const GLOBAL_V6: (Ipv6Addr, u32) = (v6(0x2000, 0), 3);

/// Ranges inside [`GLOBAL_V6`] that are not public: the IANA IPv6 Special-Purpose Address
/// Registry. Teredo and 6to4 are refused whole, whatever IPv4 address they carry: nobody serves
/// by them any more, and a public IPv4 address can be named itself.
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 5] = [
    // Protocol assignments (RFC 2928), with Teredo, benchmarks and ORCHID.
    (v6(0x2001, 0), 23),
    // Documentation (RFC 3849).
    (v6(0x2001, 0xdb8), 32),
    // 6to4 (RFC 3056).
    (v6(0x2002, 0), 16),
    // The 6bone, given back (RFC 3701).
    (v6(0x3ffe, 0), 16),
    // Documentation (RFC 9637).
    (v6(0x3fff, 0), 20),
];

/// Whether `ip` is an address that anybody on the Internet may reach.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !NOT_PUBLIC_V4.iter().any(|range| in_v4(ip, *range)),
        IpAddr::V6(ip) => {
            in_v6(ip, GLOBAL_V6) && !NOT_PUBLIC_V6.iter().any(|range| in_v6(ip, *range))
        }
    }
}

fn in_v4(ip: Ipv4Addr, (range, prefix): (Ipv4Addr, u32)) -> bool {
    (ip.to_bits() ^ range.to_bits()) >> (Ipv4Addr::BITS - prefix) == 0
}

fn in_v6(ip: Ipv6Addr, (range, prefix): (Ipv6Addr, u32)) -> bool {
    (ip.to_bits() ^ range.to_bits()) >> (Ipv6Addr::BITS - prefix) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap_or_else(|_| panic!("{text}")))
    }

    /// First and last address of every range of IPv4 that is refused.
    const REFUSED_V4: [(&str, &str); 15] = [
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("168.63.129.16", "168.63.129.16"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "255.255.255.255"),
    ];

    #[test]
    fn knows_where_ranges_of_ipv4_begin_and_end() {
        let bits = |text: &str| text.parse::<Ipv4Addr>().unwrap().to_bits();
        for (first, last) in REFUSED_V4 {
            assert!(!public(first), "{first}");
            assert!(!public(last), "{last}");
            let before = bits(first).checked_sub(1);
            let behind = bits(last).checked_add(1);
            for neighbour in before.into_iter().chain(behind) {
                let neighbour = Ipv4Addr::from_bits(neighbour);
                assert!(is_public(neighbour.into()), "{neighbour}");
            }
        }
    }

    #[test]
    fn refuses_every_kind_of_address_that_is_not_public() {
        for text in [
            "100.100.100.200",
            "169.254.169.254",
            "192.0.0.192",
            "233.252.0.1",
            "239.255.255.250",
            "::",
            "::1",
            "::2",
            // IPv4-compatible and IPv4-mapped, also with public addresses in them.
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "::ffff:0:127.0.0.1",
            // NAT64, the well-known and the local prefix.
            "64:ff9b::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "100::1",
            // Protocol assignments, benchmarks, ORCHID, Teredo.
            "2001::1",
            "2001:0:53aa:64c:0:0:80ff:fffe",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
            "2001:db8::1",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
            // 6to4 with 127.0.0.1, 10.0.0.1, 169.254.169.254.
            "2002:7f00:1::1",
            "2002:a00:1::1",
            "2002:a9fe:a9fe::1",
            "3ffe::1",
            "3fff::1",
            "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "feff::1",
            "ff02::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn lets_public_addresses_pass() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "114.114.114.114",
            "223.5.5.5",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2400:3200::1",
            "2606:4700:4700::1111",
            "3ffd:ffff::1",
            "3fff:1000::1",
        ] {
            assert!(public(text), "{text}");
        }
    }
}
