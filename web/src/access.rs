//! Who may use which route. A route that is not in this table is refused, whatever the router says.

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody who reaches the server. Shows nothing of the node.
    Anyone,
    /// Whoever knows the secret in the address: one organisation, its own answers.
    SecretLink,
    /// Officers who are signed in.
    SignedIn,
}

/// Every route with its methods.
pub const ACCESS: &[(&str, &[&str], Access)] = &[
    ("/", &["GET"], Access::SignedIn),
    ("/alerts", &["GET"], Access::SignedIn),
    ("/alerts/{alert}", &["GET"], Access::SignedIn),
    ("/alerts/{alert}/acknowledge", &["POST"], Access::SignedIn),
    ("/alerts/{alert}/decide", &["POST"], Access::SignedIn),
    ("/alerts/{alert}/document", &["GET"], Access::SignedIn),
    ("/assets/{name}", &["GET"], Access::Anyone),
    ("/events", &["GET"], Access::SignedIn),
    ("/findings", &["GET"], Access::SignedIn),
    ("/findings/{finding}", &["GET"], Access::SignedIn),
    ("/form/{secret}", &["GET", "POST"], Access::SecretLink),
    (
        "/form/{secret}/alerts/{alert}",
        &["GET"],
        Access::SecretLink,
    ),
    ("/form/{secret}/reports", &["POST"], Access::SecretLink),
    ("/form/{secret}/roots/{alert}", &["GET"], Access::SecretLink),
    ("/healthz", &["GET"], Access::Anyone),
    ("/hosts", &["GET"], Access::SignedIn),
    ("/not-examined", &["GET"], Access::SignedIn),
    ("/organisations", &["GET"], Access::SignedIn),
    ("/refused", &["GET"], Access::SignedIn),
    ("/sign-in", &["GET", "POST"], Access::Anyone),
    ("/sign-out", &["POST"], Access::SignedIn),
    ("/websites", &["GET"], Access::SignedIn),
    (
        "/websites/{organisation}/{case}",
        &["GET"],
        Access::SignedIn,
    ),
    (
        "/websites/{organisation}/{case}/verdict",
        &["GET"],
        Access::SignedIn,
    ),
];

/// Returns who may use the route with this pattern.
pub(crate) fn access(pattern: &str) -> Option<Access> {
    ACCESS
        .iter()
        .find(|(path, _, _)| *path == pattern)
        .map(|(_, _, access)| *access)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ACCESS;

    #[test]
    fn the_table_lists_exactly_the_routes_there_are() {
        let table: BTreeSet<&str> = ACCESS.iter().map(|(path, _, _)| *path).collect();
        let routes: BTreeSet<&str> = crate::server::routes()
            .iter()
            .map(|(path, _)| *path)
            .collect();
        assert_eq!(table, routes);
        assert_eq!(table.len(), ACCESS.len(), "a route is listed twice");
    }
}
