//! Takes two pets into an invented shop and lists them page by page, through a client that was generated while this
//! crate was built. The shop is a fake on a loopback port.

use std::error::Error;

use bindery_mock::Mock;
use bindery_runtime::ir::{Catalog, Provider};

use petshop::pets::pet::{Create, List, Pet};

mod petshop {
    include!(concat!(env!("OUT_DIR"), "/petshop.rs"));
}

/// Rows a page of the fake holds: one, so that two pets are two pages.
const PAGE_SIZE: usize = 1;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mock = Mock::builder(provider()?).page_size(PAGE_SIZE).start().await?;
    for pet in stock_and_list(&mock).await? {
        println!("{} ({}, {})", shown(pet.name), shown(pet.kind), shown(pet.age));
    }
    mock.stop().await;
    Ok(())
}

/// The provider as the fake wants it: its methods and types as plain data.
fn provider() -> Result<Provider, Box<dyn Error>> {
    let catalog = Catalog::open(include_str!(concat!(env!("OUT_DIR"), "/catalog.json")))?;
    Ok(catalog.provider("petshop")?.ok_or("the catalog has no petshop")?)
}

/// Creates two pets, and reads every page of the listing.
async fn stock_and_list(mock: &Mock) -> Result<Vec<Pet>, petshop::Error> {
    let client = petshop::client().credential(petshop::Token::new("s3cret")).base_url(mock.url()).build()?;
    Create::new("riverside", "Tilda").kind("tortoise").age(80).send(&client).await?;
    Create::new("riverside", "Bo").kind("budgerigar").age(2).send(&client).await?;
    List::new("riverside").all(&client).await
}

/// A field that the shop may leave out.
fn shown(field: Option<impl ToString>) -> String {
    field.map_or_else(|| "unknown".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_pets_are_listed_over_two_pages() -> Result<(), Box<dyn Error>> {
        let mock = Mock::builder(provider()?).page_size(PAGE_SIZE).start().await?;
        let pets = stock_and_list(&mock).await?;
        let shown: Vec<_> = pets.iter().map(|pet| (pet.name.as_deref(), pet.kind.as_deref(), pet.age)).collect();
        let expected = [(Some("Tilda"), Some("tortoise"), Some(80)), (Some("Bo"), Some("budgerigar"), Some(2))];
        assert_eq!(shown, expected);

        let requests = mock.requests();
        let sent: Vec<_> = requests.iter().map(|request| (request.method.as_str(), request.path.as_str())).collect();
        let (create, list) = (("POST", "/shops/riverside/pets"), ("GET", "/shops/riverside/pets"));
        assert_eq!(sent, [create, create, list, list]);
        assert!(requests.iter().all(|request| request.header("authorization") == Some("Bearer s3cret")));
        mock.stop().await;
        Ok(())
    }
}
