//! Versions of things, as `ETag` says them and `If-Match` asks for them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, IF_MATCH};
use actix_web::{FromRequest, HttpRequest};

use crate::problem::{Kind, Problem};

/// The entity tag of a version: `"7"`.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version that a change is based on. Missing is 428, so that nobody overwrites unknowingly;
/// `*` is taken as "whatever it is now".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Exactly this version.
    Version(i64),
    /// Any that exists.
    Any,
}

impl IfMatch {
    /// The version to write against, given the present one; the use case compares.
    pub(crate) fn against(self, present: i64) -> i64 {
        match self {
            Self::Any => present,
            Self::Version(version) => version,
        }
    }

    /// The version that must be the present one; `None` when any will do.
    pub(crate) fn expected(self) -> Option<i64> {
        match self {
            Self::Any => None,
            Self::Version(version) => Some(version),
        }
    }

    fn read(header: Option<&HeaderValue>) -> Result<Self, Problem> {
        let header = header.ok_or_else(|| Problem::new(Kind::PreconditionRequired))?;
        let text = header
            .to_str()
            .map_err(|_| Problem::new(Kind::InvalidRequest))?
            .trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let inner = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .ok_or_else(|| Problem::new(Kind::InvalidRequest))?;
        // A tag that is no version of ours is well-formed and simply not the present one.
        inner
            .parse()
            .map(Self::Version)
            .map_err(|_| Problem::new(Kind::StaleVersion))
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.headers().get(IF_MATCH)))
    }
}

/// The same for decisions, which name a state and not a version: saying on which version they are
/// based is up to the caller, and counts when it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaybeIfMatch(Option<IfMatch>);

impl MaybeIfMatch {
    /// The version that must be the present one; `None` when any will do.
    pub(crate) fn expected(self) -> Option<i64> {
        self.0.and_then(IfMatch::expected)
    }
}

impl From<IfMatch> for MaybeIfMatch {
    fn from(said: IfMatch) -> Self {
        Self(Some(said))
    }
}

impl FromRequest for MaybeIfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = request.headers().get(IF_MATCH);
        ready(match header {
            None => Ok(Self(None)),
            said => IfMatch::read(said).map(|found| Self(Some(found))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<IfMatch, Kind> {
        IfMatch::read(Some(&HeaderValue::from_str(text).unwrap())).map_err(|problem| problem.kind())
    }

    #[test]
    fn reads_versions_and_refuses_the_rest() {
        assert_eq!(read("\"7\""), Ok(IfMatch::Version(7)));
        assert_eq!(read("*"), Ok(IfMatch::Any));
        assert_eq!(read("7"), Err(Kind::InvalidRequest));
        assert_eq!(read("\"abc\""), Err(Kind::StaleVersion));
        assert_eq!(
            IfMatch::read(None).unwrap_err().kind(),
            Kind::PreconditionRequired
        );
    }

    #[test]
    fn any_is_the_present_one() {
        assert_eq!(IfMatch::Version(3).against(4), 3);
        assert_eq!(IfMatch::Any.against(4), 4);
    }
}
