//! What stories begin with: a reseller with its tree, a product, policies, licenses. All of it is
//! made through the API, by whoever would make it.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::actor::{Actor, PASSWORD};
use crate::site::{SHARED_HOST, Site};

/// A reseller's tenant, seen by its admin.
#[derive(Clone)]
pub struct Reseller {
    admin: Actor,
    /// First label of its host name.
    pub slug: String,
    /// Its id.
    pub tenant_id: String,
}

impl Deref for Reseller {
    type Target = Actor;

    fn deref(&self) -> &Actor {
        &self.admin
    }
}

impl Reseller {
    /// Its admin.
    #[must_use]
    pub fn admin(&self) -> Actor {
        self.admin.clone()
    }
}

impl Site {
    /// Lets the operator open a reseller's tenant.
    ///
    /// # Panics
    /// When the platform refuses.
    pub async fn reseller(&self, slug: &str) -> Reseller {
        let email = format!("admin@{slug}.test");
        let (locale, currency, zone) = match slug {
            "acme" => ("pt-BR", "BRL", "America/Sao_Paulo"),
            "bella" => ("it", "EUR", "Europe/Rome"),
            _ => ("en", "EUR", "UTC"),
        };
        let new = json!({
            "slug": slug, "name": slug, "locale": locale, "currency": currency, "time_zone": zone,
            "admin_email": email, "admin_name": "Ada", "admin_password": PASSWORD,
        });
        let made = self.operator().post("tenants", &new).await.expect(201);
        let host = format!("{slug}.{SHARED_HOST}");
        let tenant = made.json();
        let root = tenant["root_node_id"]
            .as_str()
            .expect("the root of the tree")
            .to_owned();
        Reseller {
            admin: Actor::member(self, &host, &email, &root),
            slug: slug.to_owned(),
            tenant_id: made.id(),
        }
    }

    /// A reseller who sells: a tree, a product, a policy.
    ///
    /// # Panics
    /// When the platform refuses.
    pub async fn shop(&self, slug: &str) -> Shop {
        let reseller = self.reseller(slug).await;
        let product_id = reseller.quick_product("writer").await;
        let policy_id = reseller
            .policy(&product_id, "hybrid", &json!({ "preset": "hybrid" }))
            .await;
        let company = reseller.node("subcompany", "Norte").await;
        let subcompany = reseller.recruit(&company, "subcompany_admin", "Nora").await;
        let desk = subcompany.node("agent", "Ana").await;
        let agent = subcompany.recruit(&desk, "agent", "Ana").await;
        let home = agent.node("customer", "Carla").await;
        let customer = subcompany.recruit(&home, "customer", "Carla").await;
        Shop {
            reseller,
            product_id,
            policy_id,
            subcompany,
            agent,
            customer,
        }
    }
}

/// A reseller who sells.
#[derive(Clone)]
pub struct Shop {
    /// The reseller's admin.
    pub reseller: Reseller,
    /// A product that signs with Ed25519, whose keys are made in no time.
    pub product_id: String,
    /// The preset `hybrid`: one machine, a year.
    pub policy_id: String,
    /// A sub-company's admin.
    pub subcompany: Actor,
    /// An agent of it.
    pub agent: Actor,
    /// A customer of the agent's, who can sign in.
    pub customer: Actor,
}

impl Shop {
    /// A license of the shop's policy for its customer, issued by the agent.
    pub async fn license(&self) -> License {
        self.agent
            .issue(&self.policy_id, &self.customer.node_id)
            .await
    }

    /// The same people at another process of the same installation.
    #[must_use]
    pub fn at(&self, site: &Site) -> Self {
        let again = |who: &Actor| Actor::member(site, who.host(), &who.email, &who.node_id);
        Self {
            reseller: Reseller {
                admin: again(&self.reseller),
                ..self.reseller.clone()
            },
            subcompany: again(&self.subcompany),
            agent: again(&self.agent),
            customer: again(&self.customer),
            ..self.clone()
        }
    }

    /// A license of its own terms, for the customer.
    pub async fn license_of(&self, terms: &Value) -> License {
        let code = format!("own-{}", self.reseller.list("policies").await.len());
        let terms = json!({ "terms": terms });
        let policy = self.reseller.policy(&self.product_id, &code, &terms).await;
        self.agent.issue(&policy, &self.customer.node_id).await
    }
}

/// A license that was issued.
#[derive(Clone, Debug)]
pub struct License {
    /// Its id.
    pub id: String,
    /// Its activation key, as it is handed out.
    pub key: String,
}

impl Actor {
    /// A place below its own.
    pub async fn node(&self, kind: &str, name: &str) -> String {
        let new = json!({ "parent_id": self.node_id, "kind": kind, "name": name });
        self.post("nodes", &new).await.expect(201).id()
    }

    /// A member at a place, with a role: a built-in one or a profile's id.
    pub async fn recruit(&self, node_id: &str, role: &str, name: &str) -> Self {
        let email = format!(
            "{}@{}.test",
            name.to_lowercase().replace(' ', "."),
            self.host()
        );
        let new = json!({
            "node_id": node_id, "email": email, "name": name, "role": role, "password": PASSWORD,
        });
        let _ = self.post("members", &new).await.expect(201);
        Self::member(self.site(), self.host(), &email, node_id)
    }

    /// A product signed with RSA-2048, as most are.
    pub async fn product(&self, code: &str) -> String {
        self.post("products", &json!({ "code": code, "name": code }))
            .await
            .expect(201)
            .id()
    }

    /// A product signed with Ed25519: no test has to wait for its keys.
    pub async fn quick_product(&self, code: &str) -> String {
        let new = json!({ "code": code, "name": code, "algorithm": "EdDSA", "key_bits": 256 });
        self.post("products", &new).await.expect(201).id()
    }

    /// A policy; `terms` is `{"terms": {…}}` or `{"preset": "…"}`.
    pub async fn policy(&self, product_id: &str, code: &str, terms: &Value) -> String {
        let mut new = json!({ "product_id": product_id, "code": code, "name": code });
        merge(&mut new, terms);
        self.post("policies", &new).await.expect(201).id()
    }

    /// A license of a policy for a place.
    pub async fn issue(&self, policy_id: &str, node_id: &str) -> License {
        let new = json!({ "policy_id": policy_id, "node_id": node_id });
        let issued = self.post("licenses", &new).await.expect(201);
        License {
            id: issued.text("/license/id"),
            key: issued.text("/key"),
        }
    }
}

/// Lays the members of one object over another's.
pub fn merge(base: &mut Value, more: &Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        base[name] = value.clone();
    }
}
