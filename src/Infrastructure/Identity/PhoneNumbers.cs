using PhoneNumbers;

namespace GoApi.Infrastructure.Identity;

/// <summary>Phone numbers in the one spelling of E.164, by the numbering plans of the world (libphonenumber).</summary>
internal static class PhoneNumbers
{
    /// <summary>Null where no plan has such a number.</summary>
    public static string? ToE164(string phone) => Parse(phone) is { } number ? PhoneNumberUtil.GetInstance().Format(number, PhoneNumberFormat.E164) : null;

    /// <summary>What somebody says of themselves without proof: a number that no plan has yet stays as it was written.</summary>
    public static string? Normalize(string? phone) => string.IsNullOrEmpty(phone) ? null : ToE164(phone) ?? phone;

    /// <summary>Not a number that somebody earns with when it is called or written to: premium, shared cost and the like.</summary>
    public static bool CostsNothingExtra(string phone) => Parse(phone) is { } number && PhoneNumberUtil.GetInstance().GetNumberType(number) is
        PhoneNumberType.MOBILE or PhoneNumberType.FIXED_LINE_OR_MOBILE or PhoneNumberType.FIXED_LINE or PhoneNumberType.VOIP or PhoneNumberType.PERSONAL_NUMBER;

    private static PhoneNumber? Parse(string phone)
    {
        try
        {
            var number = PhoneNumberUtil.GetInstance().Parse(phone, defaultRegion: null);
            return PhoneNumberUtil.GetInstance().IsValidNumber(number) ? number : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
