using System.Globalization;
using GoApi.Application.Abstractions.Encryption;
using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;
using GoApi.WebApi.AuditLogs;

namespace GoApi.WebApi;

/// <summary>What the host does instead of serving, where the first argument names it.</summary>
internal static class Commands
{
    /// <summary>Whether the arguments are a command, or meant to be one; settings begin with dashes.</summary>
    public static bool IsCommand(string[] args) => args is [{ Length: > 0 } first, ..] && char.IsAsciiLetterLower(first[0]) && !first.Contains('=');

    /// <summary>The exit code, or null where the arguments are no command.</summary>
    public static async Task<int?> RunCommandAsync(this WebApplication app, string[] args) => args switch
    {
        ["create-admin", var email] => await CreateAdminAsync(app, email),
        ["keys", "list"] => await ListKeysAsync(app),
        ["keys", "rotate"] => await RotateKeysAsync(app),
        ["keys", "revoke", var keyId] => await RevokeKeyAsync(app, keyId),
        ["encryption", "check"] => await ShowEncryptionAsync(await Encryption(app).CheckAsync(CancellationToken.None), Encryption(app).KeyId),
        ["encryption", "rotate"] => await ShowEncryptionAsync(await Encryption(app).RotateAsync(CancellationToken.None), Encryption(app).KeyId),
        ["encryption", ..] => await FailAsync("usage: encryption check | rotate (docs/key-rotation.md)", 2),
        ["keys", ..] => await FailAsync("usage: keys list | rotate | revoke KID", 2),
        ["audit", .. var rest] => await AuditCommands.RunAsync(app.Services, rest),
        ["create-admin", ..] => await FailAsync("usage: create-admin EMAIL (the password is asked for, or read from standard input)", 2),
        _ => null,
    };

    private static async Task<int> CreateAdminAsync(WebApplication app, string email)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var appoint = scope.ServiceProvider.GetRequiredService<IUseCase<AppointAdministrator, Guid>>();
        if ((await appoint.HandleAsync(new AppointAdministrator(email, new Secret(ReadPassword())), CancellationToken.None)).Failed(out var error, out var id))
            return await FailAsync(string.Join('\n', error.Fields.Count == 0 ? [error.Message] : error.Fields.Select(fault => $"{fault.Field}: {fault.Message}")), 1);

        await Console.Out.WriteLineAsync($"{email} is an administrator ({id}).");
        return 0;
    }

    private static async Task<int> ListKeysAsync(WebApplication app)
    {
        await Console.Out.WriteLineAsync($"{"KID",-32}  {"ALG",-5}  {"STATE",-7}  {"PUBLISHED",-20}  {"SIGNS SINCE",-20}  VERIFIES UNTIL");
        foreach (var key in await Keys(app).ListAsync(CancellationToken.None))
            await Console.Out.WriteLineAsync($"{key.KeyId}  {key.Algorithm,-5}  {key.State,-7}  {Moment(key.CreatedAt)}  {Moment(key.ActivatedAt)}  {Moment(key.VerifiesUntil)}".TrimEnd());
        return 0;

        static string Moment(DateTimeOffset? time) => $"{time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-",-20}";
    }

    private static async Task<int> RotateKeysAsync(WebApplication app)
    {
        await Console.Out.WriteLineAsync($"{await Keys(app).RotateAsync(CancellationToken.None)} signs from now on; what the key before it signed stays valid.");
        return 0;
    }

    private static async Task<int> RevokeKeyAsync(WebApplication app, string keyId)
    {
        if (!await Keys(app).RevokeAsync(keyId, CancellationToken.None)) return await FailAsync($"There is no key {keyId}; 'keys list' shows those that there are.", 1);

        await Console.Out.WriteLineAsync($"{keyId} is revoked: what it signed is refused, and people log in or refresh again.");
        return 0;
    }

    private static async Task<int> ShowEncryptionAsync(IReadOnlyList<EncryptedState> states, string keyId)
    {
        var width = states.Max(state => state.What.Length);
        await Console.Out.WriteLineAsync($"{"ENCRYPTED".PadRight(width)}  {$"KEY {keyId}",12}  {"PREVIOUS KEY",12}  {"UNREADABLE",12}  {"DONE NOW",12}");
        foreach (var state in states)
            await Console.Out.WriteLineAsync($"{state.What.PadRight(width)}  {state.Current,12}  {state.Previous,12}  {state.Unreadable,12}  {state.Reencrypted,12}");

        foreach (var state in states)
        {
            foreach (var example in state.Examples) await Console.Error.WriteLineAsync($"{state.What}: {example}");
            if (state.Unreadable > state.Examples.Count) await Console.Error.WriteLineAsync($"{state.What}: and {state.Unreadable - state.Examples.Count} more.");
        }

        var (previous, unreadable) = (states.Sum(state => state.Previous), states.Sum(state => state.Unreadable));
        if (previous > 0) return await FailAsync($"{previous} still need ENCRYPTION_KEY_PREVIOUS: run 'encryption rotate', once no host encrypts with a previous key any more.", 1);
        if (unreadable > 0) return await FailAsync($"{unreadable} cannot be decrypted with any key that is set; everything else needs no previous key.", 1);
        await Console.Out.WriteLineAsync("Nothing needs ENCRYPTION_KEY_PREVIOUS.");
        return 0;
    }

    private static IEncryptionAdministration Encryption(WebApplication app) => app.Services.GetRequiredService<IEncryptionAdministration>();

    private static ISigningKeyAdministration Keys(WebApplication app) => app.Services.GetRequiredService<ISigningKeyAdministration>();

    private static async Task<int> FailAsync(string message, int exitCode)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }

    // Typed passwords are not shown; piped ones are a line.
    private static string? ReadPassword()
    {
        if (Console.IsInputRedirected) return Console.In.ReadLine();

        Console.Error.Write("Password: ");
        var typed = new System.Text.StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key != ConsoleKey.Backspace) typed.Append(key.KeyChar);
            else if (typed.Length > 0) typed.Length--;
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
