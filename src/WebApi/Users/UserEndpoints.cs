using System.Text.Json;
using System.Text.Json.Serialization;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.Domain.Kernel;
using GoApi.Domain.Users;
using GoApi.WebApi.Http;
using GoApi.WebApi.OpenApi;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace GoApi.WebApi.Users;

internal static class UserEndpoints
{
    private const string Path = "/api/v1/users";

    public static void MapUsers(this IEndpointRouteBuilder app)
    {
        var users = app.MapGroup(Path).WithTags("Users");
        users.MapPost("/register", Register).AllowAnonymous().LimitCredentials<RegisterUser>(request => request.Email)
            .CreatesResource(StatusCodes.Status201Created, StatusCodes.Status202Accepted).WithSummary("Open an account").WithExample(Examples.Register);
        users.MapPost("/login", LogIn).AllowAnonymous().LimitCredentials<LogIn>(request => request.Email)
            .MayAnswer(StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden).WithSummary("Log in; with multi-factor authentication this is the first of two steps").WithExample(Examples.LogIn);
        users.MapPost("/login/mfa", LogInWithCode).AllowAnonymous().LimitCredentials<LogInWithCode>(request => request.MfaToken)
            .MayAnswer(StatusCodes.Status401Unauthorized).WithSummary("The second step of a log-in: a TOTP or recovery code").WithExample(Examples.LogInWithCode);
        users.MapPost("/refresh", Refresh).AllowAnonymous().MayAnswer(StatusCodes.Status401Unauthorized).WithSummary("The next pair of tokens for a refresh token").WithExample(Examples.Refresh);
        users.MapPost("/logout", LogOut).RequireAuthenticated().WithSummary("End this session");
        users.MapGet("/me", GetMe).RequireScope(Scope.ProfileRead).WithSummary("One's own profile");
        users.MapPut("/me", PutMe).RequireScope(Scope.ProfileWrite).OnOwnAccount().WithSummary("Replace one's own profile").WithExample(Examples.Profile);
        users.MapPatch("/me", PatchMe).RequireScope(Scope.ProfileWrite).OnOwnAccount().AcceptsMergePatch<UpdateProfile>()
            .WithSummary("Change parts of one's own profile (RFC 7396)").WithExample(Examples.Patch);
        users.MapGet("/me/authorizations", GetAuthorizations).RequireScope(Scope.ProfileRead).WithSummary("The programs that one has let into the account");
        users.MapDelete("/me/authorizations/{id:guid}", RevokeAuthorization).RequireScope(Scope.ProfileWrite).WithSummary("Take back what one has allowed a program; its tokens are refused within a second");
        users.MapPost("/email/verify", Verify).AllowAnonymous().LimitCredentials().WithSummary("Verify an e-mail address").WithExample(Examples.Verify);
        users.MapPost("/email/resend", Resend).AllowAnonymous().LimitCredentials<ResendVerification>(request => request.Email)
            .Answers(StatusCodes.Status202Accepted).WithSummary("Send the verification mail once more").WithExample(Examples.Resend);
        users.MapPost("/password/forgot", ForgotPassword).AllowAnonymous().LimitCredentials<RequestPasswordReset>(request => request.Email)
            .Answers(StatusCodes.Status202Accepted).WithSummary("Send a mail with which a forgotten password is replaced").WithExample(Examples.ForgotPassword);
        users.MapPost("/password/reset", ResetPassword).AllowAnonymous().LimitCredentials()
            .WithSummary("Set a new password with the token of that mail; ends all sessions").WithExample(Examples.ResetPassword);
        users.MapSecondFactor();
        users.MapSessions();
        users.MapCredentials();
        users.MapAvatars();
        users.MapUserAdministration();
        users.MapPersonalData();
    }

    private static async Task<ApiResult<UserDto>> Register(RegisterUser request, IUseCase<RegisterUser, Registration> register, CancellationToken ct)
    {
        if ((await register.HandleAsync(request, ct)).Failed(out var error, out var registration)) return error.ToAnswer<UserDto>();
        return registration.User is { } user
            ? ((Result<UserDto>)user).ToCreated("User registered", made => $"{Path}/{made.Id}")
            : new ApiResult<UserDto> { Status = StatusCodes.Status202Accepted, Message = "If the address can be registered, a mail is on its way to it" };
    }

    private static async Task<ApiResult<LogInStepAnswer>> LogIn(LogIn request, HttpContext http, IUseCase<LogIn, LogInStep> logIn, IUserQueries users, CancellationToken ct)
    {
        if ((await logIn.HandleAsync(request, ct)).Failed(out var error, out var step)) return error.ToAnswer<LogInStepAnswer>();
        return step switch
        {
            LogInStep.Complete(var loggedIn) => (await AnswerAsync(http, loggedIn, users, ct)).Map<LogInAnswer, LogInStepAnswer>(answer => answer).ToHttp("Logged in"),
            LogInStep.NeedsCode(var mfaToken) => ((Result<LogInStepAnswer>)MfaRequiredAnswer.Of(mfaToken)).ToHttp("A code is needed as well"),
            _ => throw new InvalidOperationException($"The step {step.GetType().Name} is not known."),
        };
    }

    private static async Task<ApiResult<LogInAnswer>> LogInWithCode(LogInWithCode request, HttpContext http, IUseCase<LogInWithCode, LoggedIn> logIn, IUserQueries users, CancellationToken ct)
    {
        if ((await logIn.HandleAsync(request, ct)).Failed(out var error, out var loggedIn)) return error.ToAnswer<LogInAnswer>();
        return (await AnswerAsync(http, loggedIn, users, ct)).ToHttp("Logged in");
    }

    private static async Task<Result<LogInAnswer>> AnswerAsync(HttpContext http, LoggedIn loggedIn, IUserQueries users, CancellationToken ct)
    {
        // Erased meanwhile: the tokens are refused as well.
        if (await users.FindAsync(loggedIn.Tokens.UserId, ct) is not { } user) return UserErrors.BadCredentials;

        DeviceCookie.Keep(http, loggedIn.DeviceToken);
        return LogInAnswer.Of(loggedIn.Tokens, user);
    }

    private static async Task<ApiResult<TokenAnswer>> Refresh(RefreshSession request, IUseCase<RefreshSession, IssuedTokens> refresh, CancellationToken ct) =>
        (await refresh.HandleAsync(request, ct)).Map(TokenAnswer.Of).ToHttp("Tokens refreshed");

    private static async Task<ApiResult<Done>> LogOut(IUseCase<LogOut, Done> logOut, CancellationToken ct) =>
        (await logOut.HandleAsync(new LogOut(), ct)).ToHttp("Logged out");

    private static async Task<ApiResult<ProfileDto>> GetMe(IUserQueries users, ICurrentActor actor, CancellationToken ct) =>
        (await users.FindMeAsync(actor, ct)).OrElse(UserErrors.NotFound).ToHttp("Profile");

    private static async Task<ApiResult<ProfileDto>> PutMe(UpdateProfile request, IUseCase<UpdateProfile, ProfileDto> update, CancellationToken ct) =>
        (await update.HandleAsync(request, ct)).ToHttp("Profile changed");

    private static async Task<ApiResult<ProfileDto>> PatchMe(
        JsonElement patch, IUserQueries users, ICurrentActor actor, IOptions<JsonOptions> json, IUseCase<UpdateProfile, ProfileDto> update, CancellationToken ct)
    {
        if (await users.FindMeAsync(actor, ct) is not { } profile) return UserErrors.NotFound.ToAnswer<ProfileDto>();
        if (MergePatch.Apply(ToRequest(profile), patch, json.Value.SerializerOptions).Failed(out var error, out var request)) return error.ToAnswer<ProfileDto>();
        return await PutMe(request, update, ct);
    }

    private static async Task<ApiResult<AuthorizedProgramDto[]>> GetAuthorizations(IAuthorizedPrograms programs, ICurrentActor actor, CancellationToken ct) =>
        ((Result<AuthorizedProgramDto[]>)(actor.UserId is { } user ? (await programs.ListAsync(user, ct)).ToArray() : [])).ToHttp("Authorizations");

    private static async Task<ApiResult<Done>> RevokeAuthorization(Guid id, IUseCase<RevokeAuthorization, Done> revoke, CancellationToken ct) =>
        (await revoke.HandleAsync(new RevokeAuthorization(id), ct)).ToHttp("Authorization revoked");

    private static async Task<ApiResult<UserDto>> Verify(VerifyEmail request, IUseCase<VerifyEmail, UserDto> verify, CancellationToken ct) =>
        (await verify.HandleAsync(request, ct)).ToHttp("E-mail address verified");

    private static async Task<ApiResult<Done>> Resend(ResendVerification request, IUseCase<ResendVerification, Done> resend, CancellationToken ct) =>
        (await resend.HandleAsync(request, ct)).ToAccepted("If there is anything to verify, a mail is on its way");

    private static async Task<ApiResult<Done>> ForgotPassword(RequestPasswordReset request, IUseCase<RequestPasswordReset, Done> forgot, CancellationToken ct) =>
        (await forgot.HandleAsync(request, ct)).ToAccepted("If the address has an account, a mail is on its way to it");

    private static async Task<ApiResult<Done>> ResetPassword(ResetPassword request, IUseCase<ResetPassword, Done> reset, CancellationToken ct) =>
        (await reset.HandleAsync(request, ct)).ToHttp("Password changed, and all sessions ended");

    private static Task<ProfileDto?> FindMeAsync(this IUserQueries users, ICurrentActor actor, CancellationToken ct) =>
        actor.UserId is { } id ? users.FindProfileAsync(id, ct) : Task.FromResult<ProfileDto?>(null);

    private static UpdateProfile ToRequest(ProfileDto profile) => new(
        profile.FirstName, profile.LastName, profile.Phone, profile.Bio, profile.DateOfBirth, profile.Gender,
        profile.Address, profile.City, profile.State, profile.Country, profile.ZipCode, profile.Locale, profile.TimeZone);

    private static class Examples
    {
        public static readonly object Register = new { email = "ada@example.com", password = "correct horse battery", first_name = "Ada", last_name = "Lovelace", phone = "+442079460000" };
        public static readonly object LogIn = new { email = "ada@example.com", password = "correct horse battery" };
        public static readonly object LogInWithCode = new { mfa_token = "…", code = "123456" };
        public static readonly object Refresh = new { refresh_token = "…" };
        public static readonly object Profile = new { first_name = "Ada", last_name = "Lovelace", country = "GB", locale = "en-GB", time_zone = "Europe/London" };
        public static readonly object Patch = new { city = "London", bio = (string?)null };
        public static readonly object Verify = new { token = "…" };
        public static readonly object Resend = new { email = "ada@example.com" };
        public static readonly object ForgotPassword = new { email = "ada@example.com" };
        public static readonly object ResetPassword = new { token = "…", new_password = "a different horse battery" };
    }
}

/// <summary>Tokens, or the question for a second factor.</summary>
[JsonDerivedType(typeof(LogInAnswer))]
[JsonDerivedType(typeof(MfaRequiredAnswer))]
internal abstract record LogInStepAnswer;

/// <param name="MfaToken">For <c>POST /login/mfa</c>, within five minutes.</param>
/// <param name="Methods">What that takes as its code.</param>
internal sealed record MfaRequiredAnswer(bool MfaRequired, string MfaToken, IReadOnlyList<string> Methods) : LogInStepAnswer
{
    public static MfaRequiredAnswer Of(string mfaToken) => new(true, mfaToken, ["totp", "recovery_code"]);
}

/// <param name="TokenType"><c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
internal sealed record LogInAnswer(string AccessToken, string RefreshToken, string TokenType, int ExpiresIn, UserDto User) : LogInStepAnswer
{
    public static LogInAnswer Of(IssuedTokens tokens, UserDto user) => new(tokens.AccessToken, tokens.RefreshToken, tokens.TokenType, tokens.ExpiresIn, user);
}

/// <param name="TokenType"><c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds until the access token expires.</param>
internal sealed record TokenAnswer(string AccessToken, string RefreshToken, string TokenType, int ExpiresIn)
{
    public static TokenAnswer Of(IssuedTokens tokens) => new(tokens.AccessToken, tokens.RefreshToken, tokens.TokenType, tokens.ExpiresIn);
}
