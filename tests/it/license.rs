mod bulk;
mod issue;
