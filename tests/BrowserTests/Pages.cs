using Microsoft.Playwright;

namespace GoApi.BrowserTests;

internal static class Pages
{
    public static async Task LogInAsync(this IPage page, string email, string password)
    {
        await page.GetByLabel("E-mail address").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
    }

    public static Task<bool> FitsAsync(this IPage page) => page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth");

    /// <summary>Anything that the browser complains of: a blocked resource, a broken policy, a script that throws.</summary>
    public static List<string> Complaints(this IPage page)
    {
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            // A page that says what is wrong has a status that says so too.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource: the server responded with a status of 4", StringComparison.Ordinal)) complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);
        page.RequestFailed += (_, request) => complaints.Add($"{request.Url}: {request.Failure}");
        return complaints;
    }
}
