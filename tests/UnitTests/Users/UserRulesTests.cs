using System.Diagnostics;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Users;

namespace GoApi.UnitTests.Users;

public class UserRulesTests
{
    private const int Hostile = 1_000_000;

    [Theory]
    [InlineData("ada@example.com")]
    [InlineData("a@b.co")]
    [InlineData("ada.lovelace+tag@mail.example.co.uk")]
    [InlineData("o'hara_{x}@xn--bcher-kva.example")]
    [InlineData("1@2.3")]
    public void Address_that_can_be_written_to_is_taken(string email) => Assert.True(IsEmail(email));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("@example.com")]
    [InlineData("ada@")]
    [InlineData("ada@localhost")]
    [InlineData("ada@@example.com")]
    [InlineData("ada@-example.com")]
    [InlineData("ada@example-.com")]
    [InlineData("ada@example..com")]
    [InlineData("ada@.example.com")]
    [InlineData("ada@example.com.")]
    [InlineData("ada lovelace@example.com")]
    [InlineData("Ada <ada@example.com>")]
    [InlineData("ada@example.com,eve@example.com")]
    [InlineData("ada@example.com\n")]
    [InlineData("ada@example.com\r\nBcc: eve@example.com")]
    [InlineData("\nada@example.com")]
    [InlineData("ada@exämple.com")]
    [InlineData("ada@exa\0mple.com")]
    public void What_is_no_address_is_refused(string email) => Assert.False(IsEmail(email));

    [Fact]
    public void Address_has_the_boundaries_of_the_standard()
    {
        var label = Text(63);
        Assert.True(IsEmail($"{Text(64)}@{label}.{label}.{Text(61)}"));
        Assert.Equal(254, $"{Text(64)}@{label}.{label}.{Text(61)}".Length);
        Assert.False(IsEmail($"{Text(64)}@{label}.{label}.{Text(62)}"));
        Assert.False(IsEmail($"{Text(65)}@example.com"));
        Assert.False(IsEmail($"ada@{Text(64)}.com"));
        Assert.True(IsEmail($"ada@{label}.com"));
    }

    [Theory]
    [InlineData("Ada")]
    [InlineData("Mary-Jane")]
    [InlineData("O'Brien")]
    [InlineData("J. R. R.")]
    [InlineData("St.John")]
    [InlineData("Jean-Luc de la Tour, 3rd")]
    [InlineData("Łukasz")]
    [InlineData("अंकिता")]
    [InlineData("علی\u200Cرضا")]
    [InlineData("李")]
    [InlineData("-")]
    [InlineData("Shop & Sons")]
    public void Name_that_people_have_is_taken(string name) => Assert.True(IsName(name));

    [Theory]
    [InlineData("")]
    [InlineData("Ada\nBcc: eve@example.com")]
    [InlineData("Ada\tLovelace")]
    [InlineData("Ada\u0007")]
    [InlineData("Ada\u0085")]
    [InlineData("Ada\u2028Lovelace")]
    // Turns round what follows; hides; is hidden.
    [InlineData("Ada\u202Eecalevol")]
    [InlineData("\u2066Ada")]
    [InlineData("Ada\u200F")]
    [InlineData("A\u200Bda")]
    [InlineData("Ada\uFEFF")]
    [InlineData("Ada\u00AD")]
    [InlineData("\u200D")]
    [InlineData("\u3164")]
    [InlineData("\u2800")]
    [InlineData("\u0301")]
    [InlineData("\uE000")]
    // What a mail that greets by name would make a link of.
    [InlineData("Win at https://evil.example")]
    [InlineData("www.evil.example")]
    [InlineData("evil.example/win")]
    [InlineData("eve@evil.example")]
    public void What_nobody_is_called_is_refused(string name) => Assert.False(IsName(name));

    [Theory]
    [InlineData("One line", true, true)]
    [InlineData("Two\nlines\r\nand a\ttab", false, true)]
    [InlineData("Turned \u202E round", false, false)]
    [InlineData("Bell \u0007", false, false)]
    [InlineData("Family \U0001F469\u200D\U0001F467", true, true)]
    [InlineData(null, true, true)]
    public void Text_has_one_line_or_several_and_nothing_that_is_not_seen(string? text, bool line, bool prose)
    {
        Assert.Equal(line, new Rules().Faults(new Subject("", null, default, Line: text)).All(field => field != "line"));
        Assert.Equal(prose, new Rules().Faults(new Subject("", null, default, Prose: text)).All(field => field != "prose"));
    }

    [Theory]
    [InlineData("+442079460000")]
    [InlineData("+1234567")]
    [InlineData("+123456789012345")]
    [InlineData("+44 20 7946-0000")]
    [InlineData("+1 (415) 555.0123")]
    [InlineData(null)]
    [InlineData("")]
    public void Number_with_its_country_code_is_taken(string? phone) => Assert.True(IsPhone(phone));

    [Theory]
    [InlineData("12")]
    [InlineData("020 7946 0000")]
    [InlineData("+0442079460000")]
    [InlineData("+123456")]
    [InlineData("+1234567890123456")]
    [InlineData("+44 20 7946 0000 ")]
    [InlineData("+442079460000\n")]
    [InlineData("+44---207946000")]
    [InlineData("+4420x9460000")]
    [InlineData("+٤٤٢٠٧٩٤٦٠٠٠٠")]
    public void What_is_no_number_is_refused(string phone) => Assert.False(IsPhone(phone));

    [Fact]
    public void Number_has_a_length_with_its_punctuation()
    {
        Assert.True(IsPhone("+1" + string.Concat(Enumerable.Repeat("- 2", 10))));
        Assert.False(IsPhone("+1" + string.Concat(Enumerable.Repeat("- 2", 11))));
    }

    // S6: no input makes a rule cost more than its length. A rule that goes over it twice takes a million times as long here.
    [Fact]
    public void Hostile_input_costs_no_more_than_its_length()
    {
        string[] hostile =
        [
            Text(Hostile), new string('@', Hostile), new string('.', Hostile), "a@" + Text(Hostile), "a@" + string.Concat(Enumerable.Repeat("a.", Hostile / 2)),
            "a@" + string.Concat(Enumerable.Repeat("a-", Hostile / 2)), "+1" + new string(' ', Hostile), "+1" + string.Concat(Enumerable.Repeat("- ", Hostile / 2)),
            "+1" + new string('2', Hostile),
        ];

        var watch = Stopwatch.StartNew();
        Assert.All(hostile, text => Assert.False(IsEmail(text)));
        Assert.All(hostile, text => Assert.False(IsPhone(text)));
        Assert.All(hostile, text => Assert.False(IsPassword(text)));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Nothing_that_somebody_sends_breaks_a_rule() => Always<string?>(text =>
    {
        _ = IsEmail(text ?? "");
        _ = IsPhone(text);
        _ = IsPassword(text);
        return true;
    });

    [Theory]
    [InlineData(7, false)]
    [InlineData(8, true)]
    [InlineData(72, true)]
    [InlineData(73, false)]
    public void Password_has_8_to_72_bytes(int bytes, bool good)
    {
        Assert.Equal(good, IsPassword(string.Concat(Enumerable.Range(0, bytes).Select(at => (char)('A' + at * 7 % 26)))));
        if (bytes % 2 == 0) Assert.Equal(good, IsPassword(new string('ü', bytes / 2)));
    }

    [Fact]
    public void Password_is_measured_in_bytes_as_the_hash_reads_it()
    {
        Assert.False(IsPassword(new string('ü', 37)));
        Assert.True(IsPassword("🐎🐎"));
        Assert.False(IsPassword(string.Concat(Enumerable.Repeat("🐎", 19))));
    }

    [Theory]
    [InlineData("password1")]
    [InlineData("PassWord1")]
    [InlineData("qwertyuiop")]
    [InlineData("iloveyou")]
    public void Common_password_is_refused_in_any_case(string password) => Assert.False(IsPassword(password));

    [Theory]
    [InlineData("xxLovelacexx")]
    [InlineData("xxlovelacexx")]
    [InlineData("augusta.ada99")]
    [InlineData("augusta.ada@example.com")]
    public void Password_with_the_own_name_or_address_is_refused(string password) => Assert.False(IsPassword(password));

    [Fact]
    public void Name_of_three_letters_may_be_part_of_a_password() => Assert.True(IsPassword("canadaxkcd"));

    [Fact]
    public void Spaces_and_every_other_character_are_allowed()
    {
        Assert.True(IsPassword("  correct horse  "));
        Assert.True(IsPassword("пароль-лошадь"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Missing_password_has_one_fault(string? password) =>
        Assert.Equal(["A password has 8 to 72 bytes."], new Rules().Validate(new Subject(null!, null, new Secret(password))).Errors
            .Where(failure => failure.PropertyName == nameof(Subject.Password)).Select(failure => failure.ErrorMessage));

    [Fact]
    public void List_of_common_passwords_can_match()
    {
        // An entry that is not in lower case, or too short or too long to be chosen at all, would never be found.
        using var list = typeof(UserRules).Assembly.GetManifestResourceStream("GoApi.Application.Users.common-passwords.txt")!;
        using var reader = new StreamReader(list);
        var entries = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(entries.Length > 5_000);
        Assert.All(entries, entry => Assert.Equal(entry.ToLowerInvariant(), entry));
        Assert.All(entries, entry => Assert.True(CommonPasswords.Contains(entry)));
        Assert.All(entries, entry => Assert.InRange(entry.Length, UserRules.MinPasswordBytes, UserRules.MaxPasswordBytes));
    }

    private static bool IsEmail(string email) => !new Rules().Faults(new Subject(email, null, default)).Contains("email");

    private static bool IsPhone(string? phone) => !new Rules().Faults(new Subject("", phone, default)).Contains("phone");

    private static bool IsPassword(string? password) => !new Rules().Faults(new Subject("", null, new Secret(password))).Contains("password");

    private static bool IsName(string name) => !new Rules().Faults(new Subject("", null, default, name)).Contains("name");

    private sealed record Subject(string Email, string? Phone, Secret Password, string Name = "", string? Line = null, string? Prose = null);

    private sealed class Rules : AbstractValidator<Subject>
    {
        public Rules()
        {
            RuleFor(subject => subject.Name).IsName();
            RuleFor(subject => subject.Line).IsLine(100);
            RuleFor(subject => subject.Prose).IsProse(100);
            RuleFor(subject => subject.Email).IsEmail();
            RuleFor(subject => subject.Phone).IsPhone();
            RuleFor(subject => subject.Password).IsNewPassword(_ => ["augusta.ada@example.com", "Ada", "Lovelace", null]);
        }
    }
}
