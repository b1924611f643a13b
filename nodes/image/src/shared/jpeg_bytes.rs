//! The bytes of a JPEG in memory, as its decoder reads them: mostly four at a time. The reader that comes with the decoder takes
//! each four of them by a loop and a call; from this one they are a single load.

use zune_jpeg::zune_core::bytestream::{ZByteIoError, ZByteReaderTrait, ZSeekFrom};

/// Bytes and the place in them; the place may lie behind their end, where nothing is read.
pub(super) struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

impl ZByteReaderTrait for Bytes<'_> {
    #[inline(always)]
    fn read_byte_no_error(&mut self) -> u8 {
        let Some(byte) = self.bytes.get(self.at) else { return 0 };
        self.at += 1;
        *byte
    }

    // The length is known where this is called, so that the copy becomes one load.
    #[inline(always)]
    fn read_exact_bytes(&mut self, into: &mut [u8]) -> Result<(), ZByteIoError> {
        let Some(read) = self.rest().get(..into.len()) else {
            return Err(ZByteIoError::NotEnoughBytes(self.rest().len(), into.len()));
        };
        into.copy_from_slice(read);
        self.at += read.len();
        Ok(())
    }

    fn read_bytes(&mut self, into: &mut [u8]) -> Result<usize, ZByteIoError> {
        let count = self.peek_bytes(into)?;
        self.at += count;
        Ok(count)
    }

    fn peek_bytes(&mut self, into: &mut [u8]) -> Result<usize, ZByteIoError> {
        let count = into.len().min(self.rest().len());
        into[..count].copy_from_slice(&self.rest()[..count]);
        Ok(count)
    }

    fn peek_exact_bytes(&mut self, into: &mut [u8]) -> Result<(), ZByteIoError> {
        let at = self.at;
        let read = self.read_exact_bytes(into);
        self.at = at;
        read
    }

    #[inline(always)]
    fn z_seek(&mut self, to: ZSeekFrom) -> Result<u64, ZByteIoError> {
        let place = match to {
            ZSeekFrom::Start(place) => usize::try_from(place).ok(),
            ZSeekFrom::Current(by) => self.at.checked_add_signed(by as isize),
            ZSeekFrom::End(by) => self.bytes.len().checked_add_signed(by as isize),
        };
        self.at = place.ok_or(ZByteIoError::SeekError("there is no such place"))?;
        Ok(self.at as u64)
    }

    #[inline(always)]
    fn is_eof(&mut self) -> Result<bool, ZByteIoError> {
        Ok(self.at >= self.bytes.len())
    }

    fn z_position(&mut self) -> Result<u64, ZByteIoError> {
        Ok(self.at as u64)
    }

    fn read_remaining(&mut self, sink: &mut Vec<u8>) -> Result<usize, ZByteIoError> {
        let rest = self.rest();
        sink.extend_from_slice(rest);
        self.at += rest.len();
        Ok(rest.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::bytestream::ZCursor;
    use zune_jpeg::zune_core::options::DecoderOptions;

    use super::*;
    use crate::shared::specimen;
    use windlass_core::value::{Channels, SampleType, Samples};

    /// Does one thing and tells all that can be seen of it.
    fn told(reader: &mut impl ZByteReaderTrait, (what, count): (u8, i8)) -> String {
        let mut into = vec![7; usize::from(count.unsigned_abs())];
        let place = match what {
            0 => u64::from(reader.read_byte_no_error()).to_string(),
            1 => format!("{:?}", reader.read_exact_bytes(&mut into).is_ok().then_some(&into)),
            2 => format!("{:?} {into:?}", reader.read_bytes(&mut into).ok()),
            3 => format!("{:?}", reader.peek_exact_bytes(&mut into).is_ok().then_some(&into)),
            4 => format!("{:?}", reader.z_seek(ZSeekFrom::Start(u64::from(count.unsigned_abs()))).ok()),
            5 => format!("{:?}", reader.z_seek(ZSeekFrom::Current(i64::from(count))).ok()),
            6 => format!("{:?}", reader.z_seek(ZSeekFrom::End(i64::from(count))).ok()),
            7 => format!("{:?} {into:?}", reader.peek_bytes(&mut into).ok()),
            _ => format!("{:?} {into:?}", reader.read_remaining(&mut into).ok()),
        };
        format!("{place}, at {:?}, {:?}", reader.z_position().ok(), reader.is_eof().ok())
    }

    proptest! {
        #[test]
        fn it_reads_as_the_reader_of_the_library_does(
            bytes in prop::collection::vec(any::<u8>(), 0..40),
            steps in prop::collection::vec((0..9_u8, -50..50_i8), 0..30),
        ) {
            let (mut own, mut library) = (Bytes::new(&bytes), ZCursor::new(&bytes[..]));
            for step in steps {
                prop_assert_eq!(told(&mut own, step), told(&mut library, step), "{:?}", step);
            }
        }
    }

    #[test]
    fn whole_and_damaged_files_become_what_they_became() {
        for is_progressive in [false, true] {
            let whole = file(is_progressive);
            assert!(same(&whole));
            assert!((0..whole.len()).filter(|length| !same(&whole[..*length])).count() > 0);
            for at in 0..whole.len() {
                let mut damaged = whole.clone();
                damaged[at] ^= 0xFF;
                same(&damaged);
            }
        }
    }

    fn file(is_progressive: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
        encoder.set_progressive(is_progressive);
        let picture = specimen::picture(40, 24, Channels::Rgb, SampleType::U8).into_samples();
        let Samples::U8(samples) = picture else { panic!("8-bit samples") };
        encoder.encode(&samples, 40, 24, jpeg_encoder::ColorType::Rgb).unwrap();
        bytes
    }

    /// Holds both readers side by side; returns whether there is a picture.
    fn same(bytes: &[u8]) -> bool {
        let options = DecoderOptions::default().set_strict_mode(true);
        let own = JpegDecoder::new_with_options(Bytes::new(bytes), options).decode();
        let library = JpegDecoder::new_with_options(ZCursor::new(bytes), options).decode();
        let is_picture = own.is_ok();
        assert_eq!(own.map_err(|error| error.to_string()), library.map_err(|error| error.to_string()));
        is_picture
    }
}
