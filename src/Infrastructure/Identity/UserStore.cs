using GoApi.Infrastructure.Auditing;
using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

/// <summary>Identity's store, which leaves the saving to the unit of work. A new account has its key for the audit trail from the start.</summary>
internal sealed class UserStore : UserOnlyStore<
    AppUser, AppDbContext, Guid, IdentityUserClaim<Guid>, IdentityUserLogin<Guid>, IdentityUserToken<Guid>, IdentityUserPasskey<Guid>>
{
    private readonly PersonKeys keys;

    public UserStore(AppDbContext context, PersonKeys keys, IdentityErrorDescriber? describer = null) : base(context, describer) => (AutoSaveChanges, this.keys) = (false, keys);

    public override Task<IdentityResult> CreateAsync(AppUser user, CancellationToken cancellationToken = default)
    {
        keys.Add(Context, user.Id);
        return base.CreateAsync(user, cancellationToken);
    }
}
