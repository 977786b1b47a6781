//! The three kinds of value both engines store, and rows of them.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Null,
}

macro_rules! from {
    ($($type:ty => $make:expr),* $(,)?) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Value {
                let make: fn($type) -> Value = $make;
                make(value)
            }
        }
    )*};
}
from! {
    i64 => Value::Int,
    String => Value::Text,
    &str => |t| Value::Text(t.to_owned()),
    Vec<u8> => Value::Bytes,
    &[u8] => |b| Value::Bytes(b.to_vec()),
    [u8; 32] => |b| Value::Bytes(b.to_vec()),
    jiff::Timestamp => |t| Value::Int(t.as_millisecond()),
    Option<Vec<u8>> => |b| b.map_or(Value::Null, Value::Bytes),
}

/// A row as it came, read by position.
#[derive(Clone, Debug)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    pub fn int(&self, column: usize) -> i64 {
        match self.0.get(column) {
            Some(Value::Int(n)) => *n,
            _ => 0,
        }
    }
    pub fn text(&mut self, column: usize) -> String {
        match self.0.get_mut(column) {
            Some(Value::Text(t)) => std::mem::take(t),
            _ => String::new(),
        }
    }
    pub fn bytes(&mut self, column: usize) -> Option<Vec<u8>> {
        match self.0.get_mut(column) {
            Some(Value::Bytes(b)) => Some(std::mem::take(b)),
            _ => None,
        }
    }
    pub fn hash(&mut self, column: usize) -> [u8; 32] {
        self.bytes(column).and_then(|b| b.try_into().ok()).unwrap_or([0; 32])
    }
    pub fn time(&self, column: usize) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.int(column)).unwrap_or_default()
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput, ValueRef};
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Text(t) => ValueRef::Text(t.as_bytes()),
            Value::Bytes(b) => ValueRef::Blob(b),
            Value::Null => ValueRef::Null,
        }))
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Int(n) => n.to_sql(ty, out),
            // PostgreSQL has no NUL in text; a mail may.
            Value::Text(t) if t.contains('\0') => t.replace('\0', "\u{fffd}").to_sql(ty, out),
            Value::Text(t) => t.to_sql(ty, out),
            Value::Bytes(b) => b.to_sql(ty, out),
            Value::Null => Ok(IsNull::Yes),
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    to_sql_checked!();
}
