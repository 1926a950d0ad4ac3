//! Many articles out of few: for the bench.

use knowledge::{Document, Kind};

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// The documents and as many derived articles as are wanting.
pub fn enlarged(mut documents: Vec<Document>, wanted: usize) -> Vec<Document> {
    let articles: Vec<Document> =
        documents.iter().filter(|document| document.kind == Kind::Article).cloned().collect();
    let sentences: Vec<&str> = articles
        .iter()
        .flat_map(|article| article.body.split_inclusive(['.', '\n']))
        .filter(|sentence| sentence.len() > 20)
        .collect();
    let mut dice = Dice(7);
    for number in articles.len()..wanted {
        let source = &articles[number % articles.len()];
        let mut heading = |text: &str| -> String {
            let words = knowledge::words(text)
                .map(|word| if dice.below(5) == 0 { word.to_owned() } else { invented(word, number) });
            words.collect::<Vec<_>>().join(" ")
        };
        let mut derived = Document {
            id: format!("{}~{number}", source.id),
            title: heading(&source.title),
            question: heading(&source.question),
            keywords: source.keywords.iter().map(|keyword| heading(keyword)).collect(),
            ..source.clone()
        };
        derived.body = (0..12).map(|_| sentences[dice.below(sentences.len())]).collect::<Vec<_>>().join(" ");
        documents.push(derived);
    }
    documents
}

/// A word of the same shape that means nothing: consonants moved on by a number that depends on the article.
fn invented(word: &str, number: usize) -> String {
    const CONSONANTS: [char; 12] = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't'];
    let shift = 1 + number % (CONSONANTS.len() - 1);
    word.to_lowercase()
        .chars()
        .map(|letter| match CONSONANTS.iter().position(|consonant| *consonant == letter) {
            Some(place) => CONSONANTS[(place + shift) % CONSONANTS.len()],
            None => letter,
        })
        .collect()
}
