//! Numbers, texts and bytes in a record: small numbers take one byte, and everything else says its length.

/// Why bytes are no record.
#[derive(Debug, thiserror::Error)]
#[error("a record is not what its kind says: {0}")]
pub struct Wrong(pub String);

impl Wrong {
    /// Says that the bytes end too early.
    pub fn missing() -> Self {
        Self("bytes are missing".into())
    }
}

/// Adds a number: seven bits in each byte, the lowest first (LEB128).
pub fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Adds bytes with their length.
pub fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_number(bytes.len() as u64, out);
    out.extend(bytes);
}

/// Takes a record apart.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// Takes so many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Wrong> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(Wrong::missing)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Takes one byte.
    pub fn byte(&mut self) -> Result<u8, Wrong> {
        Ok(self.take(1)?[0])
    }

    /// Takes a number.
    pub fn number(&mut self) -> Result<u64, Wrong> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Wrong("a number is too long".into()))
    }

    /// Takes a number that counts something in memory.
    pub fn count(&mut self) -> Result<usize, Wrong> {
        usize::try_from(self.number()?).map_err(|_| Wrong::missing())
    }

    /// Takes bytes with their length.
    pub fn bytes(&mut self) -> Result<&'a [u8], Wrong> {
        let count = self.count()?;
        self.take(count)
    }

    /// Takes a text.
    pub fn text(&mut self) -> Result<String, Wrong> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|error| Wrong(error.to_string()))?;
        Ok(text.to_owned())
    }

    /// Takes what was written as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, Wrong> {
        serde_json::from_slice(self.bytes()?).map_err(|error| Wrong(error.to_string()))
    }

    /// Refuses what is left over.
    pub fn end(&self) -> Result<(), Wrong> {
        if self.0.is_empty() { Ok(()) } else { Err(Wrong("bytes are left over".into())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            put_number(number, &mut out);
            assert_eq!(Bytes(&out).number().unwrap(), number);
        }
        assert!(Bytes(&[0xff; 11]).number().is_err());
        assert!(Bytes(&[5, b'a']).bytes().is_err());
    }
}
