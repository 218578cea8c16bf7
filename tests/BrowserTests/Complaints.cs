using Microsoft.Playwright;

namespace GoApi.BrowserTests;

/// <summary>Anything that the browser complains of: a blocked resource, a broken policy, a script that throws.</summary>
internal static class Complaints
{
    public static List<string> Of(IPage page)
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
