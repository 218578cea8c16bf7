using GoApi.Infrastructure.Persistence;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;

namespace GoApi.Infrastructure.Identity;

/// <summary>Identity's store, which leaves the saving to the unit of work.</summary>
internal sealed class UserStore : UserOnlyStore<
    AppUser, AppDbContext, Guid, IdentityUserClaim<Guid>, IdentityUserLogin<Guid>, IdentityUserToken<Guid>, IdentityUserPasskey<Guid>>
{
    public UserStore(AppDbContext context, IdentityErrorDescriber? describer = null) : base(context, describer) => AutoSaveChanges = false;
}
