using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FluentValidation;
using GoApi.Application.Abstractions.Identity;
using GoApi.Domain.Users;

namespace GoApi.Application.Users;

/// <summary>The rules for what users say of themselves, each in one place for every request that carries it.</summary>
internal static partial class UserRules
{
    public const int MaxEmail = 254;
    public const int MaxName = 100;

    /// <summary>bcrypt reads no more than 72 bytes: a longer password would be cut without anybody noticing.</summary>
    public const int MaxPasswordBytes = 72;
    public const int MinPasswordBytes = 8;

    /// <summary>Of mailed tokens and those between the steps of a log-in.</summary>
    public const int MaxToken = 1024;

    public const string PersonalPassword = "The password must not contain your name or e-mail address.";

    /// <summary>An address that can be written to (RFC 5321: 64 octets before the at, 254 in all), not everything that RFC 5322 could express.</summary>
    public static IRuleBuilderOptions<T, string> IsEmail<T>(this IRuleBuilder<T, string> rule) =>
        rule.NotEmpty().MaximumLength(MaxEmail).Must(email => string.IsNullOrEmpty(email) || EmailPattern().IsMatch(email) && !IsOfErased(email)).WithMessage("This is not an e-mail address.");

    /// <summary>
    /// What stands for a person wherever they are named: one line with something to see in it, and nothing that turns round or hides what
    /// stands beside it (Unicode Technical Report 36). No address of a page either: our mails greet by name, and go to whoever somebody says.
    /// </summary>
    public static IRuleBuilderOptions<T, string> IsName<T>(this IRuleBuilder<T, string> rule) =>
        rule.NotEmpty().MaximumLength(MaxName)
            .Must(name => string.IsNullOrEmpty(name) || IsLine(name) && name.EnumerateRunes().Any(IsVisible)).WithMessage("A name is one line of letters, without invisible characters.")
            .Must(name => name is null || !LinkPattern().IsMatch(name)).WithMessage("A name holds no addresses.");

    /// <summary>One line, without control characters and those that turn the direction of text or hide it.</summary>
    public static IRuleBuilderOptions<T, string?> IsLine<T>(this IRuleBuilder<T, string?> rule, int maxLength) =>
        rule.MaximumLength(maxLength).Must(text => text is null || IsLine(text)).WithMessage("This is one line of text, without invisible characters.");

    /// <summary>The same in several lines.</summary>
    public static IRuleBuilderOptions<T, string?> IsProse<T>(this IRuleBuilder<T, string?> rule, int maxLength) =>
        rule.MaximumLength(maxLength).Must(text => text is null || IsLine(text.ReplaceLineEndings(" ").Replace('\t', ' '))).WithMessage("This is text without invisible characters.");

    /// <summary>E.164: a plus and up to fifteen digits; spaces, dots, dashes and brackets between them are forgiven.</summary>
    public static IRuleBuilderOptions<T, string?> IsPhone<T>(this IRuleBuilder<T, string?> rule) =>
        rule.MaximumLength(32).Must(phone => string.IsNullOrEmpty(phone) || PhonePattern().IsMatch(phone)).WithMessage("Give the phone number with its country code, such as +442079460000.");

    /// <summary>NIST SP 800-63B: length and known-bad lists instead of rules about characters.</summary>
    public static IRuleBuilderOptions<T, Secret> IsNewPassword<T>(this IRuleBuilder<T, Secret> rule, Func<T, string?[]> personal) =>
        rule.Must(password => !password.IsEmpty && Encoding.UTF8.GetByteCount(password.Value!) is >= MinPasswordBytes and <= MaxPasswordBytes)
            .WithMessage($"A password has {MinPasswordBytes} to {MaxPasswordBytes} bytes.")
            .Must(password => password.IsEmpty || !CommonPasswords.Contains(password.Value!))
            .WithMessage("This password is on the lists that attackers try first; choose another.")
            .Must((request, password) => !ContainsPersonal(password, personal(request)))
            .WithMessage(PersonalPassword);

    /// <summary>A password as it is typed to prove something: whatever it is, it is only compared.</summary>
    public static IRuleBuilderOptions<T, Secret> IsPassword<T>(this IRuleBuilder<T, Secret> rule) =>
        rule.Must(password => !password.IsEmpty).WithMessage("A password is required.")
            .Must(password => password.Value is not { Length: > 1024 }).WithMessage("A password has at most 72 bytes.");

    /// <summary>A TOTP or recovery code as it is typed, with spaces and dashes where people put them.</summary>
    public static IRuleBuilderOptions<T, Secret> IsCode<T>(this IRuleBuilder<T, Secret> rule) =>
        rule.Must(code => !string.IsNullOrWhiteSpace(code.Value)).WithMessage("A code is required.")
            .Must(code => code.Value is not { Length: > 64 }).WithMessage("A code has six digits, a recovery code ten letters and digits.");

    public static bool ContainsPersonal(Secret password, params string?[] personal) => !password.IsEmpty && personal
        .SelectMany(part => new[] { part, part?.Split('@')[0] })
        .Any(part => part is { Length: >= 4 } && password.Value!.Contains(part, StringComparison.OrdinalIgnoreCase));

    // Joiners (U+200C, U+200D) belong to the spelling of Persian, Indic scripts and emoji; all other formats are invisible or change the order.
    private static bool IsLine(string text) => text.EnumerateRunes().All(rune => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate => false,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        _ => true,
    });

    // Letters that are drawn as nothing: the fillers of Hangul and the empty pattern of Braille.
    private static bool IsVisible(Rune rune) => rune.Value is not (0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.OtherNotAssigned);

    // What mail programs make a link of.
    [GeneratedRegex(@"://|@|\bwww\.|\.[a-z]{2,}/", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex LinkPattern();

    // Erased accounts have such addresses: whoever took one would keep its owner from erasing theirs.
    private static bool IsOfErased(string email) => email.EndsWith($"@{AnonymizedAccount.Domain}", StringComparison.OrdinalIgnoreCase);

    // \z and not $, which a line break may follow. Both run in time linear in the input, whatever it is; the length of
    // the domain follows from that of the address.
    [GeneratedRegex(@"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"^\+[1-9](?:[ ().-]{0,2}[0-9]){6,14}\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant)]
    private static partial Regex PhonePattern();
}
