//! Lists of the tables that are many: any filter, search and order over a finite set of columns.
//!
//! The statement's text is put together only from `&'static str` that the registry names; every
//! value is bound. Rule: no text from outside ever becomes SQL.

use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};

use crate::{Result, Tx, on};

/// A value to compare a column with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// Integer or time.
    Integer(i64),
    /// Yes or no.
    Bool(bool),
}

/// A condition that a row must meet.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// `column = value`.
    Equals(&'static str, Value),
    /// `column` is one of these; none of them means no row.
    OneOf(&'static str, Vec<Value>),
    /// `column` begins with this text.
    Prefix(&'static str, String),
    /// One of the columns contains this (already folded) text.
    Contains(&'static [&'static str], String),
    /// `column >= value`.
    AtLeast(&'static str, i64),
    /// `column <= value`.
    AtMost(&'static str, i64),
    /// `column` is null (true) or not (false).
    Null(&'static str, bool),
    /// A fixed condition with one value, written as `… = $` with `?` for the value, e.g. a subselect.
    Custom(&'static str, Value),
    /// A fixed condition with a list of values, written as `… IN (?)`.
    CustomIn(&'static str, Vec<Value>),
}

/// What to list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// Columns to order by; true means descending. Give a unique one last.
    pub order: Vec<(&'static str, bool)>,
    /// Rows to skip.
    pub offset: i64,
    /// Rows to return at most.
    pub limit: i64,
}

/// A page of rows and how many there are in all.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// All rows that meet the conditions.
    pub count: i64,
}

struct Text {
    sql: String,
    values: Vec<Value>,
}

impl Text {
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Equals(column, value) => format!("{column} = {}", self.bind(value.clone())),
            Condition::OneOf(_, values) if values.is_empty() => "1 = 0".to_owned(),
            Condition::OneOf(column, values) => {
                format!("{column} IN ({})", self.bind_all(values))
            }
            Condition::Prefix(column, text) => self.like(column, &format!("{}%", escape(text))),
            Condition::Contains(columns, text) => {
                let pattern = format!("%{}%", escape(text));
                let any: Vec<_> = columns
                    .iter()
                    .map(|column| self.like(column, &pattern))
                    .collect();
                format!("({})", any.join(" OR "))
            }
            Condition::AtLeast(column, value) => {
                format!("{column} >= {}", self.bind(Value::Integer(*value)))
            }
            Condition::AtMost(column, value) => {
                format!("{column} <= {}", self.bind(Value::Integer(*value)))
            }
            Condition::Null(column, true) => format!("{column} IS NULL"),
            Condition::Null(column, false) => format!("{column} IS NOT NULL"),
            Condition::Custom(sql, value) => {
                let place = self.bind(value.clone());
                sql.replace('?', &place)
            }
            Condition::CustomIn(sql, values) => sql.replace('?', &self.bind_all(values)),
        }
    }

    fn bind_all(&mut self, values: &[Value]) -> String {
        let places = values.iter().map(|value| self.bind(value.clone()));
        places.collect::<Vec<_>>().join(", ")
    }

    fn like(&mut self, column: &str, pattern: &str) -> String {
        format!(
            "{column} LIKE {} ESCAPE '\\'",
            self.bind(Value::Text(pattern.to_owned()))
        )
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

fn text_of(select: &str, query: &Query) -> Text {
    let mut text = Text {
        sql: String::new(),
        values: Vec::new(),
    };
    let conditions: Vec<_> = query
        .conditions
        .iter()
        .map(|one| text.condition(one))
        .collect();
    select.clone_into(&mut text.sql);
    if !conditions.is_empty() {
        text.sql.push_str(" WHERE ");
        text.sql.push_str(&conditions.join(" AND "));
    }
    text
}

macro_rules! bound {
    ($query:expr, $values:expr) => {
        $values.iter().fold($query, |query, value| match value {
            Value::Text(text) => query.bind(text.clone()),
            Value::Integer(integer) => query.bind(*integer),
            Value::Bool(flag) => query.bind(*flag),
        })
    };
}

/// What `select` says of the rows that meet the conditions, grouped: a text and two numbers each.
///
/// # Errors
///
/// Only if the database fails.
pub async fn grouped(
    tx: &mut Tx,
    select: &'static str,
    conditions: Vec<Condition>,
    group: &'static str,
) -> Result<Vec<(String, i64, i64)>> {
    let query = Query {
        conditions,
        ..Query::default()
    };
    let mut text = text_of(select, &query);
    text.sql.extend([" ", group]);
    on!(tx, |c| bound!(
        sqlx::query_as(sqlx::AssertSqlSafe(text.sql.clone())),
        text.values
    )
    .fetch_all(c)
    .await)
}

/// One page of `table`, whose rows are read as `T` from `columns`.
///
/// # Errors
///
/// Only if the database fails.
pub async fn page<T>(
    tx: &mut Tx,
    table: &'static str,
    columns: &'static str,
    query: &Query,
) -> Result<Page<T>>
where
    T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    let counted = text_of(
        &format!("SELECT CAST(count(*) AS BIGINT) FROM {table}"),
        query,
    );
    let count: i64 = on!(tx, |c| bound!(
        sqlx::query_scalar(sqlx::AssertSqlSafe(counted.sql.clone())),
        counted.values
    )
    .fetch_one(c)
    .await)?;
    let mut listed = text_of(&format!("SELECT {columns} FROM {table}"), query);
    order_and_cut(&mut listed, query);
    let rows = on!(tx, |c| bound!(
        sqlx::query_as(sqlx::AssertSqlSafe(listed.sql.clone())),
        listed.values
    )
    .fetch_all(c)
    .await)?;
    Ok(Page { rows, count })
}

fn order_and_cut(text: &mut Text, query: &Query) {
    let order: Vec<_> = query
        .order
        .iter()
        .map(|(column, descending)| format!("{column}{}", if *descending { " DESC" } else { "" }))
        .collect();
    if !order.is_empty() {
        text.sql.push_str(" ORDER BY ");
        text.sql.push_str(&order.join(", "));
    }
    let limit = text.bind(Value::Integer(query.limit));
    let offset = text.bind(Value::Integer(query.offset));
    text.sql.extend([" LIMIT ", &limit, " OFFSET ", &offset]);
}
