//! The address of a repository's remote, for reports: never with credentials.

use gix::bstr::{BStr, ByteSlice as _};

use super::Repository;

/// The remote that names a repository where there are several.
const USUAL: &str = "origin";

/// How long an address may be.
const MAX_LENGTH: usize = 2048;

impl Repository {
    /// The address of `origin`, or of the first remote by name where there is none of that name. User names, passwords,
    /// queries and fragments are left out. `None` if there is no remote, or if its address cannot be understood.
    pub fn remote_address(&self) -> Option<String> {
        let repo = self.git()?.local();
        let config = repo.config_snapshot();
        let names = repo.remote_names();
        let usual = names.iter().find(|name| name.as_bstr() == USUAL);
        let name = usual.or_else(|| names.iter().next())?;
        let address = config.plumbing().string_by("remote", Some(name.as_ref()), "url")?;
        without_credentials(address.as_ref())
    }
}

/// An address without user name, password, query and fragment. `None` for a text that is no address: it may hold
/// anything.
fn without_credentials(address: &BStr) -> Option<String> {
    let mut url = gix::url::parse(address).ok().filter(|_| address.len() <= MAX_LENGTH)?;
    url.set_user(None);
    url.set_password(None);
    if url.scheme != gix::url::Scheme::File {
        let end = url.path.find_byteset(b"?#").unwrap_or(url.path.len());
        url.path.truncate(end);
    }
    let text = url.to_bstring().to_str().ok()?.to_owned();
    // An `@` that is left may end a password that was read as another part of the address. After `::` there may be a
    // whole command (`git help remote-helpers`).
    let is_path = ["/", "./", "../", "file:"].iter().any(|start| address.starts_with(start.as_bytes()));
    (is_path || !(text.contains('@') || text.contains("::"))).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::without_credentials;

    #[track_caller]
    fn check(address: &str, expected: Option<&str>) {
        assert_eq!(without_credentials(address.into()).as_deref(), expected, "{address}");
    }

    #[test]
    fn addresses_hold_nothing_that_lets_somebody_in() {
        check("https://example.com/team/shop.git", Some("https://example.com/team/shop.git"));
        check("https://user:secret@example.com:8443/x", Some("https://example.com:8443/x"));
        check("https://secret@example.com/x?private_token=secret#secret", Some("https://example.com/x"));
        check("https://a:b%40secret@example.com/x", Some("https://example.com/x"));
        check("ssh://git@example.com:22/x", Some("ssh://example.com:22/x"));
        check("git@example.com:team/shop.git", Some("example.com:team/shop.git"));
        check("/srv/git/shop.git", Some("/srv/git/shop.git"));
        check("../shop.git", Some("../shop.git"));
    }

    #[test]
    fn odd_addresses_never_show_a_secret() {
        let odd = [
            "https://user:sec/secret@example.com/x",
            "https://a:secret@b:secret@example.com/x",
            "https://user:secret@",
            "https://:secret@example.com/x",
            "user:secret@example.com:x",
            "ext::sh -c secret",
            "http://secret:@example.com?secret",
        ];
        for address in odd {
            let shown = without_credentials(address.into()).unwrap_or_default();
            assert!(!shown.contains("secret"), "{address}: {shown}");
        }
    }
}
