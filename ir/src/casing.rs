//! The one way Bindery turns a wire name into its `snake_case` form.

/// The `snake_case` form of a name, by the rules StackQL's documents were written with (they are botocore's
/// `xform_name`): a name that already holds an underscore is final, a run of capitals is one word, a plural
/// `s` after such a run belongs to it.
///
/// ```
/// use bindery_ir::snake_case;
/// assert_eq!(snake_case("backendId"), "backend_id");
/// assert_eq!(snake_case("VPCId"), "vpc_id");
/// assert_eq!(snake_case("DescribeARNs"), "describe_arns");
/// assert_eq!(snake_case("If-Match"), "if_match");
/// assert_eq!(snake_case("already_snakeCased"), "already_snakeCased");
/// ```
pub fn snake_case(name: &str) -> String {
    if name.contains('_') {
        return name.to_owned();
    }
    let letters: Vec<char> = name.chars().collect();
    let at = |index: usize| letters.get(index).copied();
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            if !snake.is_empty() && !snake.ends_with('_') {
                snake.push('_');
            }
            continue;
        }
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            let before = index.checked_sub(1).and_then(at);
            let after_small = before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
            let starts_word =
                at(index + 1).is_some_and(|c| c.is_ascii_lowercase()) && !is_plural_end(&letters, index + 1);
            if after_small || starts_word {
                snake.push('_');
            }
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake.truncate(snake.trim_end_matches('_').len());
    snake
}

/// Whether the letter is the `s` of a plural such as `ARNs`, with the name or a new word following.
fn is_plural_end(letters: &[char], index: usize) -> bool {
    letters.get(index) == Some(&'s')
        && letters.get(index + 1).is_none_or(|c| !c.is_ascii_lowercase())
        && index >= 2
        && letters.get(index - 2).is_some_and(char::is_ascii_uppercase)
}
