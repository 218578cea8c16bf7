namespace GoApi.Application.Abstractions.Identity;

/// <summary>What our pages, the cookie of a browser session and the authorization server have agreed on.</summary>
public static class BrowserSession
{
    /// <summary>The claim with the session's id, in the cookie and in what the pages tell the authorization server. No token has it.</summary>
    public const string Claim = "browser_sid";
}
