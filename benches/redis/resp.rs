//! As much of Redis' protocol as is needed: commands out, replies in, over a unix socket.

use std::io::{BufReader, Error, ErrorKind, Read, Result, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// What Redis says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Text(String),
    Int(i64),
    Nothing,
    List(Vec<Reply>),
    Error(String),
}

/// A connection. Commands go out together, then their replies are read in order.
pub struct Connection {
    reader: BufReader<UnixStream>,
    out: Vec<u8>,
    sent: usize,
}

impl Connection {
    pub fn open(socket: &Path) -> Result<Self> {
        let stream = UnixStream::connect(socket)?;
        Ok(Self {
            reader: BufReader::with_capacity(1 << 16, stream),
            out: Vec::new(),
            sent: 0,
        })
    }

    /// Adds a command to what goes out next.
    pub fn push(&mut self, words: &[&[u8]]) {
        let out = &mut self.out;
        out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
        for word in words {
            out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            out.extend_from_slice(word);
            out.extend_from_slice(b"\r\n");
        }
        self.sent += 1;
    }

    /// Sends what was added, and reads a reply for each command.
    pub fn flush(&mut self) -> Result<Vec<Reply>> {
        self.reader.get_ref().write_all(&self.out)?;
        self.out.clear();
        (0..std::mem::take(&mut self.sent))
            .map(|_| self.reply())
            .collect()
    }

    fn reply(&mut self) -> Result<Reply> {
        let line = self.line()?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(garbled)?;
        let number = || rest.parse::<i64>().map_err(|_| garbled());
        Ok(match kind {
            "+" => Reply::Text(rest.to_owned()),
            "-" => Reply::Error(rest.to_owned()),
            ":" => Reply::Int(number()?),
            "$" => match usize::try_from(number()?) {
                Err(_) => Reply::Nothing,
                Ok(length) => {
                    let mut bytes = vec![0; length + 2];
                    self.reader.read_exact(&mut bytes)?;
                    bytes.truncate(length);
                    Reply::Text(String::from_utf8(bytes).map_err(|_| garbled())?)
                }
            },
            "*" => {
                let items = (0..number()?.max(0)).map(|_| self.reply());
                Reply::List(items.collect::<Result<_>>()?)
            }
            _ => return Err(garbled()),
        })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            self.reader.read_exact(&mut byte)?;
            match byte[0] {
                b'\r' => {}
                b'\n' => return String::from_utf8(line).map_err(|_| garbled()),
                other => line.push(other),
            }
        }
    }
}

fn garbled() -> Error {
    Error::new(ErrorKind::InvalidData, "a garbled reply")
}
