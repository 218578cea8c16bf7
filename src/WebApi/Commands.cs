using GoApi.Application.Abstractions.Identity;
using GoApi.Application.Abstractions.UseCases;
using GoApi.Application.Users;

namespace GoApi.WebApi;

/// <summary>What the host does instead of serving, where the first argument names it.</summary>
internal static class Commands
{
    /// <summary>The exit code, or null where the arguments are no command.</summary>
    public static async Task<int?> RunCommandAsync(this WebApplication app, string[] args) => args switch
    {
        ["create-admin", var email] => await CreateAdminAsync(app, email),
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
