//! Who may sign in to a demonstration and which keys there are to try: what `--json` writes.

use std::collections::BTreeMap;

use alvara_domain::id::{LicenseId, PlanId, ProductId};
use serde::{Deserialize, Serialize};

/// The whole document. Its names are a contract: programs that try the demonstration read them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) base_url: String,
    pub(crate) operator: SignIn,
    pub(crate) tenants: Vec<TenantSheet>,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SignIn {
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) api_token: String,
}

/// One reseller.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TenantSheet {
    pub(crate) slug: String,
    pub(crate) url: String,
    pub(crate) admin: SignIn,
    pub(crate) subcompany: SignIn,
    pub(crate) agent: SignIn,
    pub(crate) agent2: SignIn,
    pub(crate) customer: SignIn,
    pub(crate) product: ProductSheet,
    pub(crate) keys: Keys,
    pub(crate) license_ids: LicenseIds,
    /// Plans by policy and code, such as `monthly/monthly`.
    #[serde(default)]
    pub(crate) plans: BTreeMap<String, PlanId>,
    /// How its customers can pay; none where payments are left out.
    #[serde(default)]
    pub(crate) payment_methods: Vec<String>,
    /// Where the buttons of its payment providers are.
    #[serde(default)]
    pub(crate) simulator_url: Option<String>,
}

/// The product of a reseller.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProductSheet {
    pub(crate) id: ProductId,
    pub(crate) code: String,
    pub(crate) jwks_url: String,
    pub(crate) public_key_pem: String,
}

/// Activation keys that nothing has used yet, by what they are for; and renewal keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    pub(crate) permanent: Vec<String>,
    pub(crate) subscription: Vec<String>,
    pub(crate) trial: Vec<String>,
    pub(crate) seats_5: Vec<String>,
    pub(crate) floating_3: Vec<String>,
    pub(crate) always_online: Vec<String>,
    pub(crate) hybrid: Vec<String>,
    pub(crate) expired: Vec<String>,
    pub(crate) suspended: Vec<String>,
    pub(crate) pending: Vec<String>,
    pub(crate) renewal: Vec<String>,
}

/// Ids of licenses whose keys stand in [`Keys`], in the same order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LicenseIds {
    pub(crate) subscription: Vec<LicenseId>,
    pub(crate) expired: Vec<LicenseId>,
}

impl Keys {
    /// Whether it is one of them, by the end of its activation key.
    pub(crate) fn hold(&self, hint: &str) -> bool {
        let all = [
            &self.permanent,
            &self.subscription,
            &self.trial,
            &self.seats_5,
            &self.floating_3,
            &self.always_online,
            &self.hybrid,
            &self.expired,
            &self.suspended,
            &self.pending,
        ];
        all.into_iter().flatten().any(|key| key.ends_with(hint))
    }
}

impl Document {
    /// The same document for an installation that answers at another port today.
    pub(crate) fn at(mut self, port: u16) -> Self {
        self.base_url = format!("http://localhost:{port}");
        for tenant in &mut self.tenants {
            // Providers are others at every start, if there are any.
            tenant.payment_methods.clear();
            tenant.simulator_url = None;
            tenant.url = format!("http://{}.localhost:{port}", tenant.slug);
            tenant.product.jwks_url = format!(
                "{}/.well-known/alvara/{}/jwks.json",
                tenant.url, tenant.product.code
            );
        }
        self
    }
}
