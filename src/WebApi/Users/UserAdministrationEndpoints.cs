using System.Globalization;
using GoApi.Application.Abstractions.Csv;
using GoApi.Application.Abstractions.Persistence;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;

namespace GoApi.WebApi.Users;

/// <summary>The accounts of others, for staff.</summary>
internal static class UserAdministrationEndpoints
{
    private static readonly CsvColumn<UserDto>[] Columns =
    [
        new("id", user => user.Id.ToString()),
        new("email", user => user.Email),
        new("first_name", user => user.FirstName),
        new("last_name", user => user.LastName),
        new("phone", user => user.Phone),
        new("role", user => user.Role.ToText()),
        new("status", user => user.Status.ToText()),
        new("email_verified", user => Text(user.EmailVerified)),
        new("phone_verified", user => Text(user.PhoneVerified)),
        new("mfa_enabled", user => Text(user.MfaEnabled)),
        new("last_login_at", user => Text(user.LastLoginAt)),
        new("created_at", user => Text(user.CreatedAt)),
        new("updated_at", user => Text(user.UpdatedAt)),
    ];

    public static void MapUserAdministration(this IEndpointRouteBuilder users)
    {
        users.MapGet("/", List).RequirePermission(Permission.UsersRead).WithSummary("Find users; anonymised ones are not among them");
        users.MapGet("/export", Export).RequirePermission(Permission.UsersRead).LimitExpensive().Streams(CsvStream.MediaType).WithSummary("All users that fit, as a CSV file; a cell that begins like a formula has an apostrophe before it");
        users.MapGet("/{id:guid}", Get).RequirePermission(Permission.UsersRead).WithSummary("One user");
        users.MapPut("/{id:guid}", Update).RequirePermission(Permission.UsersManage).WithSummary("Change the name and the phone number of a user").WithExample(Examples.Update);
        users.MapPut("/{id:guid}/status", SetStatus).RequirePermission(Permission.UsersManage)
            .WithSummary("Suspend a user, which ends all sessions at once, or lift a suspension; the last active administrator stays").WithExample(Examples.Status);
        users.MapPut("/{id:guid}/role", SetRole).RequirePermission(Permission.UsersManage)
            .WithSummary("Give a user another role, which holds at once; the last active administrator stays one").WithExample(Examples.Role);
        users.MapDelete("/{id:guid}/sessions", SignOut).RequirePermission(Permission.UsersManage).WithSummary("End all sessions of a user");
        users.MapPost("/{id:guid}/password/reset", ForceReset).RequirePermission(Permission.UsersManage).Answers(StatusCodes.Status202Accepted)
            .WithSummary("Make a user set a new password: the old one stops working, all sessions end, and a mail leads to the new one");
    }

    private static async Task<ApiResult<Page<UserDto>>> List(
        [AsParameters] UserFilter filter, [AsParameters] PageRequest page, IUseCase<ListUsers, Page<UserDto>> list, CancellationToken ct) =>
        (await list.HandleAsync(new ListUsers(filter, page), ct)).ToPage("Users");

    private static async Task<IResult> Export(
        [AsParameters] UserFilter filter, [AsParameters] UserExport format, IUseCase<ExportUsers, ExportedUsers> export, CancellationToken ct) =>
        (await export.HandleAsync(new ExportUsers(filter), ct)).Failed(out var error, out var users) ? error.ToAnswer() : new CsvStream<UserDto>("users", Columns, users.Rows);

    private static async Task<ApiResult<UserDto>> Get(Guid id, IUseCase<ReadUser, UserDto> read, CancellationToken ct) =>
        (await read.HandleAsync(new ReadUser(id), ct)).ToHttp("User");

    private static async Task<ApiResult<UserDto>> Update(Guid id, UpdateUser request, IUseCase<UpdateUser, UserDto> update, CancellationToken ct) =>
        (await update.HandleAsync(request with { Id = id }, ct)).ToHttp("User changed");

    private static async Task<ApiResult<UserDto>> SetStatus(Guid id, SetUserStatus request, IUseCase<SetUserStatus, UserDto> set, CancellationToken ct) =>
        (await set.HandleAsync(request with { Id = id }, ct)).ToHttp("Status set");

    private static async Task<ApiResult<UserDto>> SetRole(Guid id, SetUserRole request, IUseCase<SetUserRole, UserDto> set, CancellationToken ct) =>
        (await set.HandleAsync(request with { Id = id }, ct)).ToHttp("Role set");

    private static async Task<ApiResult<Done>> SignOut(Guid id, IUseCase<SignOutUser, Done> signOut, CancellationToken ct) =>
        (await signOut.HandleAsync(new SignOutUser(id), ct)).ToHttp("All sessions ended");

    private static async Task<ApiResult<Done>> ForceReset(Guid id, IUseCase<ForcePasswordReset, Done> force, CancellationToken ct) =>
        (await force.HandleAsync(new ForcePasswordReset(id), ct)).ToAccepted("The password does not work any more, and a mail is on its way");

    private static string Text(bool value) => value ? "true" : "false";

    private static string? Text(DateTimeOffset? moment) => moment?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    private static class Examples
    {
        public static readonly object Update = new { first_name = "Ada", last_name = "Lovelace", phone = "+442079460000" };
        public static readonly object Status = new { status = "suspended" };
        public static readonly object Role = new { role = "moderator" };
    }
}
