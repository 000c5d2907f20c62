//! An operator's text, changed so that the interpreter understands what they mean.
//!
//! Owns the edits: tests of a query set, subscripts, `len` and its like, known imports, `yield`.
//! Rule: every edit stays on its line, so that an error's line is the operator's own; a line that
//! was not touched keeps its columns, too.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{
    Visitor, walk_comprehension, walk_expr, walk_match_case, walk_stmt,
};
use ruff_python_ast::{Alias, Comprehension, Expr, MatchCase, ModModule, Stmt};
use ruff_text_size::{Ranged as _, TextLen as _, TextRange, TextSize};

use super::facts::Facts;
use super::imports::meaning;

/// A function of authentik's that would sign anything with a provider's key, an ID token of anybody's
/// included.
const MISSING: &[&str] = &["ak_create_jwt_raw"];

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    /// The text with the edits.
    pub text: String,
    /// What it depends on.
    pub facts: Facts,
    /// Every name that is read or set.
    pub names: BTreeSet<String>,
    /// Where it first uses what is not there, and what that is.
    pub missing: Option<(TextSize, &'static str)>,
    /// Whether it hands its values out one by one.
    pub yields: bool,
}

/// Changes `source`, whose syntax `module` is.
pub(super) fn rewrite(source: &str, module: &ModModule) -> Rewritten {
    let mut reader = Reader::default();
    for statement in &module.body {
        reader.visit_stmt(statement);
    }
    let text = apply(source, &mut reader.edits);
    Rewritten {
        text,
        ..reader.read
    }
}

/// Replaces a range, which may be empty.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// Edits never overlap but at their ends; those at one place keep the order they were made in.
fn apply(source: &str, edits: &mut [Edit]) -> String {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut text = String::with_capacity(source.len() * 2);
    let mut done = 0;
    for edit in edits {
        if edit.start < done {
            continue;
        }
        text.push_str(&source[done..edit.start]);
        text.push_str(&edit.text);
        done = edit.end;
    }
    text.push_str(&source[done..]);
    text
}

#[derive(Default)]
struct Reader {
    read: Rewritten,
    edits: Vec<Edit>,
}

impl Reader {
    fn replace(&mut self, range: TextRange, text: impl Into<String>) {
        self.edits.push(Edit {
            start: range.start().into(),
            end: range.end().into(),
            text: text.into(),
        });
    }

    fn insert(&mut self, at: TextSize, text: &str) {
        self.replace(TextRange::empty(at), text);
    }

    fn wrap(&mut self, range: TextRange, function: &str) {
        self.insert(range.start(), &format!("{function}("));
        self.insert(range.end(), ")");
    }

    fn mention(&mut self, name: &str) {
        self.read.facts.mention(name);
        self.read.names.insert(name.to_owned());
    }

    /// What decides by being true or not.
    fn test(&mut self, test: &Expr) {
        let may_be_a_set = matches!(
            test,
            Expr::Name(_)
                | Expr::Call(_)
                | Expr::Attribute(_)
                | Expr::Subscript(_)
                | Expr::If(_)
                | Expr::Named(_)
        );
        if may_be_a_set {
            self.wrap(test.range(), "_truth");
        }
    }

    fn import(&mut self, statement: &Stmt, module: &str, names: &[Alias]) {
        for alias in names {
            self.mention(&alias.name);
            let root = alias.name.split('.').next().unwrap_or_default();
            self.mention(root);
        }
        let bindings: Option<Vec<String>> = names.iter().map(|one| binding(module, one)).collect();
        if let Some(bindings) = bindings {
            self.replace(statement.range(), bindings.join("; "));
        }
    }

    fn yielded(&mut self, range: TextRange, value: Option<&Expr>) {
        self.read.yields = true;
        let keyword = TextRange::at(range.start(), "yield".text_len());
        let value = if value.is_some() { "" } else { "None" };
        self.replace(keyword, format!("_yielded.append({value}"));
        self.insert(range.end(), ")");
    }
}

/// A line that binds one imported name; `pass` where the name is there anyway.
fn binding(module: &str, alias: &Alias) -> Option<String> {
    let meaning = meaning(module, &alias.name)?;
    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
    if name == meaning {
        return Some("pass".to_owned());
    }
    Some(format!("{name} = {meaning}"))
}

impl<'a> Visitor<'a> for Reader {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => self.import(statement, "", &import.names),
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                self.import(statement, module, &import.names);
            }
            Stmt::If(branch) => {
                self.test(&branch.test);
                let tests = branch.elif_else_clauses.iter();
                tests
                    .filter_map(|one| one.test.as_ref())
                    .for_each(|test| self.test(test));
            }
            Stmt::While(repeat) => self.test(&repeat.test),
            Stmt::Assert(assert) => self.test(&assert.test),
            Stmt::Expr(statement) => {
                if let Expr::Yield(yielding) = &*statement.value {
                    self.yielded(yielding.range, yielding.value.as_deref());
                }
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => {
                self.mention(&name.id);
                if let Some(missing) = MISSING.iter().find(|one| **one == name.id.as_str()) {
                    self.read
                        .missing
                        .get_or_insert((name.range.start(), missing));
                }
                if let "len" | "bool" | "any" | "all" = name.id.as_str()
                    && name.ctx.is_load()
                {
                    self.replace(name.range, format!("_{}", name.id));
                }
            }
            Expr::Attribute(attribute) => self.read.facts.mention_attribute(&attribute.attr),
            Expr::StringLiteral(text) => self.read.facts.mention(text.value.to_str()),
            Expr::BoolOp(operation) => operation.values.iter().for_each(|one| self.test(one)),
            Expr::UnaryOp(operation) if operation.op == ruff_python_ast::UnaryOp::Not => {
                self.test(&operation.operand);
            }
            Expr::If(choice) => self.test(&choice.test),
            Expr::Subscript(part) => self.wrap(part.value.range(), "_plain"),
            _ => {}
        }
        walk_expr(self, expression);
    }

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        comprehension.ifs.iter().for_each(|test| self.test(test));
        walk_comprehension(self, comprehension);
    }

    fn visit_match_case(&mut self, case: &'a MatchCase) {
        if let Some(guard) = &case.guard {
            self.test(guard);
        }
        walk_match_case(self, case);
    }
}
