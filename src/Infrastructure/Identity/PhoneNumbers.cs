using PhoneNumbers;

namespace GoApi.Infrastructure.Identity;

/// <summary>Phone numbers in the one spelling of E.164, by the numbering plans of the world (libphonenumber).</summary>
internal static class PhoneNumbers
{
    /// <summary>Null where no country has numbers of this length. Plans change, and what a plan does not know yet may be a number all the same.</summary>
    public static string? ToE164(string phone) => Parse(phone) is { } number ? PhoneNumberUtil.GetInstance().Format(number, PhoneNumberFormat.E164) : null;

    /// <summary>What somebody says of themselves without proof: what is no number stays as it was written.</summary>
    public static string? Normalize(string? phone) => string.IsNullOrEmpty(phone) ? null : ToE164(phone) ?? phone;

    /// <summary>Not a number that somebody earns with when it is called or written to: premium, shared cost and the like.</summary>
    public static bool CostsNothingExtra(string phone) => Parse(phone) is { } number && PhoneNumberUtil.GetInstance().GetNumberType(number) is not
        (PhoneNumberType.PREMIUM_RATE or PhoneNumberType.SHARED_COST or PhoneNumberType.UAN or PhoneNumberType.PAGER or PhoneNumberType.VOICEMAIL);

    private static PhoneNumber? Parse(string phone)
    {
        try
        {
            var number = PhoneNumberUtil.GetInstance().Parse(phone, defaultRegion: null);
            return PhoneNumberUtil.GetInstance().IsPossibleNumber(number) ? number : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }
}
