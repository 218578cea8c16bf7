namespace GoApi.Application.Abstractions.Identity;

/// <summary>What our pages and the cookie of a browser session have agreed on.</summary>
public static class BrowserSession
{
    /// <summary>
    /// The parameter of a sign-in with the moment (<see cref="DateTimeOffset"/>) from which the session counts: whatever ended all sessions after
    /// it has ended this one as well. It is now where it is not given.
    /// </summary>
    public const string Since = "since";
}
