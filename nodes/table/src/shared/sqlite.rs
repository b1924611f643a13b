//! SQLite in memory, for one query that can only read.
//!
//! Deliberately absent: files, attached databases, extensions, chance, clocks. What a query may do is decided when it is compiled
//! (authorizer); how long and how large it may become, while it runs (progress handler, limits of the connection). The
//! memory of sorting and grouping is held to a limit that SQLite keeps for all its connections together; it is a constant,
//! so that no two queries can disagree about it.

mod dates;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, Value as Sql, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, Statement};
use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;
use windlass_core::value::{Cells, Column};

use super::bound::Bound;

/// The most memory that all queries of the process take together beside their results.
const HEAP_BYTES: u64 = 2 << 30;

/// Steps of SQLite's machine between two looks at the clock.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Size of a page of a database in memory.
const PAGE_BYTES: u64 = 4096;

/// Limits of a connection that no honest query meets.
const LIMITS: [(Limit, i32); 6] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 500),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 200),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Functions that give something else each time, or reach outside.
const REFUSED: [&str; 6] =
    ["random", "randomblob", "load_extension", "current_time", "current_date", "current_timestamp"];

/// How far a query may go.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub bound: Bound,
    pub time: Duration,
}

/// A database in memory.
pub(crate) struct Database<'a> {
    connection: Connection,
    limits: Limits,
    ctx: &'a Ctx,
}

impl<'a> Database<'a> {
    /// Makes an empty database.
    pub(crate) fn open(limits: Limits, ctx: &'a Ctx) -> Result<Self, NodeError> {
        let failed = |error: Error| NodeError::because("SQLite cannot be set up", &error);
        let connection = Connection::open_in_memory().map_err(failed)?;
        let pages = (limits.bound.bytes / PAGE_BYTES).max(16);
        let pragmas = format!(
            "PRAGMA hard_heap_limit = {HEAP_BYTES}; PRAGMA page_size = {PAGE_BYTES}; PRAGMA max_page_count = {pages};
             PRAGMA temp_store = MEMORY; PRAGMA journal_mode = OFF; PRAGMA trusted_schema = OFF;"
        );
        connection.execute_batch(&pragmas).map_err(failed)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
        let longest = i32::try_from(limits.bound.bytes).unwrap_or(i32::MAX);
        let all = LIMITS.into_iter().chain([(Limit::SQLITE_LIMIT_LENGTH, longest)]);
        all.into_iter().try_for_each(|(limit, most)| connection.set_limit(limit, most).map(|_| ())).map_err(failed)?;
        dates::replace(&connection).map_err(failed)?;
        Ok(Self { connection, limits, ctx })
    }

    /// Puts a table into the database.
    pub(crate) fn add(&mut self, name: &str, table: &Table) -> Result<(), NodeError> {
        let within = |error: NodeError| error.within(format!("table `{name}`")).permanent();
        if table.columns().is_empty() {
            return Err(within(NodeError::new("it has no columns")));
        }
        let columns: Vec<_> = table.columns().iter().map(declared).collect();
        let create = format!("CREATE TABLE {} ({})", quoted(name), columns.join(", "));
        self.connection.execute_batch(&create).map_err(|error| within(self.explain(&error)))?;
        let places = vec!["?"; columns.len()].join(", ");
        let insert = self.connection.prepare(&format!("INSERT INTO {} VALUES ({places})", quoted(name)));
        let mut insert = insert.map_err(|error| within(self.explain(&error)))?;
        for row in 0..table.rows() {
            self.ctx.check_cancelled()?;
            let cells = table.columns().iter().map(|column| stored(&column.cells, row));
            let inserted = insert.execute(rusqlite::params_from_iter(cells));
            inserted.map_err(|error| within(self.explain(&error)))?;
        }
        Ok(())
    }

    /// Asks the database.
    pub(crate) fn select(&mut self, query: &str, bind: &Map<String, Json>) -> Result<Vec<Column>, NodeError> {
        let (ctx, deadline) = (self.ctx.clone(), Instant::now() + self.limits.time);
        let failed = |error: Error| NodeError::because("SQLite cannot be set up", &error);
        let over = move || ctx.is_cancelled() || Instant::now() > deadline;
        self.connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(over)).map_err(failed)?;
        self.connection.authorizer(Some(allowed)).map_err(failed)?;
        let mut statement = self.connection.prepare(query).map_err(|error| self.explain(&error))?;
        if !statement.readonly() {
            return Err(refused("it would change something"));
        }
        if statement.column_count() == 0 {
            return Err(no_select());
        }
        bound(&mut statement, bind).and_then(|()| self.rows(&mut statement))
    }

    fn rows(&self, statement: &mut Statement<'_>) -> Result<Vec<Column>, NodeError> {
        let names: Vec<Arc<str>> = statement.column_names().map(Arc::from).collect();
        let mut columns = vec![Vec::new(); names.len()];
        let (mut rows, mut count, mut bytes) = (statement.raw_query(), 0, 0);
        while let Some(row) = rows.next().map_err(|error| self.explain(&error))? {
            self.ctx.check_cancelled()?;
            for (at, column) in columns.iter_mut().enumerate() {
                let cell = row.get_ref(at).map_err(|error| self.explain(&error))?;
                let cell = Cell::of(cell).map_err(|what| {
                    let error = NodeError::new(format!("column `{}`: row {count} holds {what}", names[at]));
                    error.hint("use `hex()` or `CAST(.. AS TEXT)`").permanent()
                })?;
                bytes += cell.bytes();
                column.push(cell);
            }
            count += 1;
            self.limits.bound.check(count, bytes)?;
        }
        let columns = names.into_iter().zip(columns);
        Ok(columns.map(|(name, cells)| Column { name, cells: typed(cells) }).collect())
    }

    fn explain(&self, error: &Error) -> NodeError {
        if self.ctx.is_cancelled() {
            return NodeError::cancelled();
        }
        let told = match (error.sqlite_error_code(), error) {
            (Some(ErrorCode::OperationInterrupted), _) => {
                let error = NodeError::new(format!("the query took longer than {:?}", self.limits.time));
                error.hint("raise `max_time`, or ask for less")
            }
            (Some(ErrorCode::DiskFull), _) => {
                let limit = self.limits.bound.bytes >> 20;
                NodeError::new(format!("the tables take more than {limit} MiB")).hint("raise `max_size`")
            }
            (Some(ErrorCode::OutOfMemory), _) => {
                let limit = HEAP_BYTES >> 20;
                NodeError::new(format!("the query takes more memory than the {limit} MiB that all queries share"))
                    .hint("sort or group fewer rows")
            }
            (Some(ErrorCode::AuthorizationForStatementDenied), _) => refused(&text(error)),
            _ if text(error).starts_with("not authorized") => refused(&text(error)),
            _ if text(error).contains(dates::REFUSED) => {
                let error = NodeError::new(format!("the query is refused: {}", text(error)));
                error.hint("name the time that is meant, `date(:today)`, and give it in `bind`")
            }
            (_, Error::MultipleStatement) => no_select(),
            _ => NodeError::new(format!("the query cannot be answered: {}", text(error))),
        };
        told.permanent()
    }
}

fn text(error: &Error) -> String {
    match error {
        Error::SqlInputError { msg, .. } | Error::SqliteFailure(_, Some(msg)) => msg.clone(),
        other => other.to_string(),
    }
}

fn refused(why: &str) -> NodeError {
    let error = NodeError::new(format!("the query is refused: {why}"));
    error.hint("one SELECT over the tables is allowed, and nothing that changes them or reaches outside").permanent()
}

fn no_select() -> NodeError {
    NodeError::new("parameter `query` must be one SELECT").permanent()
}

fn allowed(asked: AuthContext<'_>) -> Authorization {
    let may = match asked.action {
        AuthAction::Select | AuthAction::Recursive => true,
        AuthAction::Read { table_name, .. } => !table_name.starts_with("sqlite_") && !table_name.starts_with("pragma_"),
        AuthAction::Function { function_name } => !REFUSED.iter().any(|name| function_name.eq_ignore_ascii_case(name)),
        _ => false,
    };
    if may { Authorization::Allow } else { Authorization::Deny }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn declared(column: &Column) -> String {
    let affinity = match column.cells {
        Cells::Bool(_) | Cells::Int(_) => "INTEGER",
        Cells::Float(_) => "REAL",
        Cells::Text(_) | Cells::Json(_) => "TEXT",
    };
    format!("{} {affinity}", quoted(&column.name))
}

fn stored(cells: &Cells, row: usize) -> ToSqlOutput<'_> {
    let borrowed = match cells {
        Cells::Bool(cells) => cells[row].map(|flag| ValueRef::Integer(flag.into())),
        Cells::Int(cells) => cells[row].map(ValueRef::Integer),
        Cells::Float(cells) => cells[row].map(ValueRef::Real),
        Cells::Text(cells) => cells[row].as_deref().map(|text| ValueRef::Text(text.as_bytes())),
        Cells::Json(cells) => {
            return ToSqlOutput::Owned(cells[row].as_ref().map_or(Sql::Null, |json| Sql::Text(json.to_string())));
        }
    };
    ToSqlOutput::Borrowed(borrowed.unwrap_or(ValueRef::Null))
}

/// Binds each named parameter, and refuses values that no parameter asks for.
fn bound(statement: &mut Statement<'_>, bind: &Map<String, Json>) -> Result<(), NodeError> {
    let mut unused: BTreeSet<_> = bind.keys().map(String::as_str).collect();
    for at in 1..=statement.parameter_count() {
        let name = statement.parameter_name(at).and_then(|name| name.strip_prefix([':', '@', '$'])).map(str::to_owned);
        let name = name.ok_or_else(|| {
            NodeError::new("the query has a parameter without a name").hint("write `:name`").permanent()
        })?;
        let value = bind.get(&name).ok_or_else(|| {
            NodeError::new(format!("the query names `:{name}`, and `bind` has no value for it")).permanent()
        })?;
        unused.remove(name.as_str());
        let bound = statement.raw_bind_parameter(at, parameter(value));
        bound.map_err(|error| NodeError::because(format!("`:{name}` cannot be bound"), &error).permanent())?;
    }
    match unused.first() {
        None => Ok(()),
        Some(odd) => {
            let error = format!("`bind` has a value for `{odd}`, and the query names no `:{odd}`");
            Err(NodeError::new(error).permanent())
        }
    }
}

fn parameter(json: &Json) -> Sql {
    match json {
        Json::Null => Sql::Null,
        Json::Bool(flag) => Sql::Integer((*flag).into()),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Sql::Integer(int),
            None => number.as_f64().map_or(Sql::Null, Sql::Real),
        },
        Json::String(text) => Sql::Text(text.clone()),
        lists => Sql::Text(lists.to_string()),
    }
}

#[derive(Clone)]
enum Cell {
    Empty,
    Int(i64),
    Float(f64),
    Text(Arc<str>),
}

impl Cell {
    fn of(value: ValueRef<'_>) -> Result<Self, &'static str> {
        Ok(match value {
            ValueRef::Null => Self::Empty,
            ValueRef::Integer(int) => Self::Int(int),
            ValueRef::Real(float) => Self::Float(float),
            ValueRef::Text(bytes) => {
                Self::Text(std::str::from_utf8(bytes).map_err(|_| "bytes that are no text")?.into())
            }
            ValueRef::Blob(_) => return Err("bytes"),
        })
    }

    fn bytes(&self) -> u64 {
        let own = size_of::<Self>() as u64;
        if let Self::Text(text) = self { own + text.len() as u64 } else { own }
    }

    fn json(self) -> Option<Json> {
        match self {
            Self::Empty => None,
            Self::Int(int) => Some(int.into()),
            Self::Float(float) => Some(float.into()).filter(|json: &Json| !json.is_null()),
            Self::Text(text) => Some((*text).into()),
        }
    }
}

/// Returns cells of the narrowest type that holds them all.
fn typed(cells: Vec<Cell>) -> Cells {
    let all = |fits: fn(&Cell) -> bool| cells.iter().all(|cell| matches!(cell, Cell::Empty) || fits(cell));
    let any = cells.iter().any(|cell| !matches!(cell, Cell::Empty));
    if !any || all(|cell| matches!(cell, Cell::Text(_))) {
        let text = |cell| if let Cell::Text(text) = cell { Some(text) } else { None };
        return Cells::Text(cells.into_iter().map(text).collect());
    }
    if all(|cell| matches!(cell, Cell::Int(_))) {
        let int = |cell: &Cell| if let Cell::Int(int) = cell { Some(*int) } else { None };
        return Cells::Int(cells.iter().map(int).collect());
    }
    if all(|cell| matches!(cell, Cell::Int(_) | Cell::Float(_))) {
        let float = |cell: &Cell| match cell {
            Cell::Int(int) => Some(*int as f64),
            Cell::Float(float) => Some(*float),
            _ => None,
        };
        return Cells::Float(cells.iter().map(float).collect());
    }
    Cells::Json(cells.into_iter().map(Cell::json).collect())
}
