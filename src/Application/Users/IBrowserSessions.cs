namespace GoApi.Application.Users;

/// <summary>
/// Log-ins at our own pages. The browser's cookie names its session, so that nothing is looked up for it; a session that has ended (<see cref="ISessions"/>)
/// is refused on every instance within a second.
/// </summary>
public interface IBrowserSessions
{
    /// <summary>Begins one in the caller's transaction, which holds the account (<see cref="IUserAccounts.CompleteLogInAsync"/>). The caller saves.</summary>
    /// <param name="replaced">The one that the browser had before. It ends; what programs were given in it by the same person belongs to the new one.</param>
    /// <returns>Its id.</returns>
    Task<Guid> BeginAsync(Guid userId, Guid? replaced, CancellationToken ct);
}
